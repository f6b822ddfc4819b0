using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PortraitGen.Migrations.Postgres.Migrations
{
    /// <summary>Expands: the table teams; what a campaign claims and a worker announces; what jobs used; the queue of a shard. The next waiting shard of a
    /// campaign becomes the first entry of an index.</summary>
    /// <remarks>All columns are nullable or have a default, so that the old binary runs on this schema; it dispatches by priority and age as before.
    /// PostgreSQL adds the columns without rewriting a table. Building the index on shards blocks writes to it while it lasts: on a big table make it before,
    /// <c>CREATE INDEX CONCURRENTLY "IX_shards_campaign_id_state_id" ON shards (campaign_id, state, id)</c>, and take it out of Up. Migrate, then deploy servers, then workers:
    /// an old worker is served from the old queue. To back out, deploy the old binary and run Down; weights, quotas and charged use are lost, results are not.</remarks>
    public partial class AddFairShare : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_shards_campaign_id_state",
                table: "shards");

            migrationBuilder.AddColumn<string>(
                name: "capability",
                table: "workers",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "queue",
                table: "workers",
                type: "character varying(100)",
                maxLength: 100,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "queue",
                table: "shards",
                type: "character varying(100)",
                maxLength: 100,
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "device_seconds",
                table: "jobs",
                type: "double precision",
                nullable: false,
                defaultValue: 0.0);

            migrationBuilder.AddColumn<int>(
                name: "shards_done",
                table: "jobs",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "archived_at",
                table: "campaigns",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "budget_seconds",
                table: "campaigns",
                type: "double precision",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "needs",
                table: "campaigns",
                type: "character varying(200)",
                maxLength: 200,
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "served_at",
                table: "campaigns",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "teams",
                columns: table => new
                {
                    name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    weight = table.Column<double>(type: "double precision", nullable: false),
                    max_shards = table.Column<int>(type: "integer", nullable: true),
                    used = table.Column<double>(type: "double precision", nullable: false),
                    used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_teams", x => x.name);
                    table.CheckConstraint("ck_teams_max_shards", "max_shards IS NULL OR max_shards >= 0");
                    table.CheckConstraint("ck_teams_weight", "weight > 0");
                });

            migrationBuilder.CreateIndex(
                name: "IX_workers_last_seen",
                table: "workers",
                column: "last_seen");

            migrationBuilder.CreateIndex(
                name: "IX_shards_campaign_id_state_id",
                table: "shards",
                columns: new[] { "campaign_id", "state", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_campaigns_archived_at_ended_at",
                table: "campaigns",
                columns: new[] { "archived_at", "ended_at" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "teams");

            migrationBuilder.DropIndex(
                name: "IX_workers_last_seen",
                table: "workers");

            migrationBuilder.DropIndex(
                name: "IX_shards_campaign_id_state_id",
                table: "shards");

            migrationBuilder.DropIndex(
                name: "IX_campaigns_archived_at_ended_at",
                table: "campaigns");

            migrationBuilder.DropColumn(
                name: "capability",
                table: "workers");

            migrationBuilder.DropColumn(
                name: "queue",
                table: "workers");

            migrationBuilder.DropColumn(
                name: "queue",
                table: "shards");

            migrationBuilder.DropColumn(
                name: "device_seconds",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "shards_done",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "archived_at",
                table: "campaigns");

            migrationBuilder.DropColumn(
                name: "budget_seconds",
                table: "campaigns");

            migrationBuilder.DropColumn(
                name: "needs",
                table: "campaigns");

            migrationBuilder.DropColumn(
                name: "served_at",
                table: "campaigns");

            migrationBuilder.CreateIndex(
                name: "IX_shards_campaign_id_state",
                table: "shards",
                columns: new[] { "campaign_id", "state" });
        }
    }
}
