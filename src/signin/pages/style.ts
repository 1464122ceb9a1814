/** How our own pages look: by day and by night, on any screen, for eyes and for ears. */
export const style = `:root {
  color-scheme: light dark;
  --paper: light-dark(#f6f5f1, #16181c);
  --sheet: light-dark(#fff, #1f2227);
  --ink: light-dark(#22262c, #e7e6e2);
  --faint: light-dark(#5b626c, #a3a8b0);
  --line: light-dark(#dcdad3, #373b42);
  --accent: light-dark(#1d5f8a, #8cc4ec);
  --on-accent: light-dark(#fff, #10202c);
  --alarm: light-dark(#9b2c1f, #ff9d8d);
}
* { box-sizing: border-box; }
body {
  margin: 0;
  padding: 2rem 1rem;
  background: var(--paper);
  color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main {
  max-width: 46rem;
  margin: 0 auto;
  padding: 1.75rem 2rem 2rem;
  background: var(--sheet);
  border: 1px solid var(--line);
  border-radius: 12px;
}
h1 { margin: 0 0 1rem; font-size: 1.6rem; line-height: 1.2; letter-spacing: -0.01em; }
h2 { margin: 2rem 0 .6rem; font-size: 1.1rem; }
p { margin: .6rem 0; }
a { color: var(--accent); text-underline-offset: .15em; }
code, pre, textarea { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .9rem; }
ul { margin: 0; padding: 0; list-style: none; }
.faint { color: var(--faint); }
[role="alert"] { padding-left: .9rem; border-left: 3px solid var(--alarm); }
.ways { display: grid; gap: .6rem; margin-top: .8rem; }
.way, .button, button {
  display: inline-block;
  padding: .55rem 1rem;
  border: 1px solid var(--accent);
  border-radius: 8px;
  background: transparent;
  color: var(--accent);
  font: inherit;
  font-weight: 600;
  text-decoration: none;
  cursor: pointer;
}
.way { display: block; padding: .8rem 1rem; }
.button, .main { background: var(--accent); color: var(--on-accent); }
.way:hover, .button:hover, button:hover { filter: brightness(1.12); }
.way:hover { text-decoration: underline; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
label { display: block; margin: .9rem 0 .3rem; font-weight: 600; }
input, textarea {
  width: 100%;
  padding: .6rem .75rem;
  border: 1px solid var(--faint);
  border-radius: 8px;
  background: var(--paper);
  color: var(--ink);
}
input { font: inherit; }
textarea { resize: vertical; }
/* What a form asks for, and what is wrong with it. */
.field { margin-top: 1.1rem; }
.field label { margin: 0; }
.hint { margin: 0 0 .3rem; color: var(--faint); }
.mistake { margin: 0 0 .3rem; color: var(--alarm); font-weight: 600; }
[aria-invalid="true"] { border-color: var(--alarm); }
.problems ul { list-style: disc; padding-left: 1.2rem; }
form button, form .button { margin-top: .8rem; }
.rows > li {
  display: flex;
  flex-wrap: wrap;
  gap: .25rem 1rem;
  align-items: center;
  justify-content: space-between;
  padding: .6rem 0;
  border-top: 1px solid var(--line);
}
.rows form button { margin: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; margin: 0; }
dt { color: var(--faint); }
dd { grid-column: 2; margin: 0; overflow-wrap: anywhere; }
.mark {
  padding: .05rem .5rem;
  border: 1px solid var(--line);
  border-radius: 99px;
  font-size: .85rem;
}
pre {
  max-height: 30rem;
  margin: .8rem 0 0;
  padding: .8rem;
  overflow: auto;
  border: 1px solid var(--line);
  border-radius: 8px;
  background: var(--paper);
}
pre:empty { display: none; }
@media (max-width: 30rem) {
  body { padding: 0; }
  main { border-radius: 0; border-width: 0 0 1px; padding: 1.25rem 1rem; }
  dl { grid-template-columns: 1fr; }
  dt, dd { grid-column: 1; }
  dd { margin-bottom: .5rem; }
}
@media (prefers-contrast: more) { :root { --line: currentcolor; --faint: var(--ink); } }
`;
