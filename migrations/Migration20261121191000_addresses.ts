import { Migration } from '@mikro-orm/migrations';

/** Members are found by how their addresses begin. */
export class Migration20261121191000_addresses extends Migration {
  override up(): void {
    this.addSql(
      'create index users_email_begun on users (lower(email) text_pattern_ops) where email is not null;',
    );
  }

  override down(): void {
    this.addSql('drop index users_email_begun;');
  }
}
