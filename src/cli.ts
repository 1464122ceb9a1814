import { run } from './cli/program.ts';
import { standard } from './cli/terminal.ts';

process.exitCode = await run(process.argv.slice(2), standard);
