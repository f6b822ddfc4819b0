using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PortraitGen.Migrations.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "batches",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    team = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    sealed_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_batches", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "campaigns",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    team = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 12, nullable: false),
                    spec = table.Column<string>(type: "TEXT", nullable: false),
                    spec_hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    idempotency_key = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true),
                    priority = table.Column<int>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: true),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    failure_class = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true),
                    failure_reason = table.Column<string>(type: "TEXT", nullable: true),
                    version = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_campaigns", x => x.id);
                    table.CheckConstraint("ck_campaigns_ended", "(ended_at IS NOT NULL) = (state IN ('Succeeded', 'Failed', 'Cancelled'))");
                });

            migrationBuilder.CreateTable(
                name: "dataset_versions",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    team = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    manifest_length = table.Column<long>(type: "INTEGER", nullable: false),
                    portraits = table.Column<int>(type: "INTEGER", nullable: false),
                    details = table.Column<string>(type: "TEXT", nullable: false),
                    campaign_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_dataset_versions", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "workers",
                columns: table => new
                {
                    name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    boot_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    slots = table.Column<int>(type: "INTEGER", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    last_seen = table.Column<long>(type: "INTEGER", nullable: false),
                    left_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_workers", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "photos",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    batch_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 400, nullable: false),
                    hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    length = table.Column<long>(type: "INTEGER", nullable: false),
                    media_type = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 12, nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: true),
                    details = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    curated_hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_photos", x => x.id);
                    table.CheckConstraint("ck_photos_curated", "(curated_hash IS NOT NULL) = (state = 'Accepted')");
                    table.CheckConstraint("ck_photos_reason", "(reason IS NOT NULL) = (state = 'Rejected')");
                    table.ForeignKey(
                        name: "FK_photos_batches_batch_id",
                        column: x => x.batch_id,
                        principalTable: "batches",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "campaign_artifacts",
                columns: table => new
                {
                    campaign_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    job_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 300, nullable: false),
                    hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    length = table.Column<long>(type: "INTEGER", nullable: false),
                    media_type = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_campaign_artifacts", x => new { x.campaign_id, x.job_id, x.name });
                    table.ForeignKey(
                        name: "FK_campaign_artifacts_campaigns_campaign_id",
                        column: x => x.campaign_id,
                        principalTable: "campaigns",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "campaign_events",
                columns: table => new
                {
                    number = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    campaign_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    job_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    data = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_campaign_events", x => x.number);
                    table.ForeignKey(
                        name: "FK_campaign_events_campaigns_campaign_id",
                        column: x => x.campaign_id,
                        principalTable: "campaigns",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "jobs",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    campaign_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    ordinal = table.Column<int>(type: "INTEGER", nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    parameters = table.Column<string>(type: "TEXT", nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 12, nullable: false),
                    stage = table.Column<int>(type: "INTEGER", nullable: false),
                    stage_name = table.Column<string>(type: "TEXT", maxLength: 100, nullable: true),
                    stage_size = table.Column<int>(type: "INTEGER", nullable: false),
                    remaining = table.Column<int>(type: "INTEGER", nullable: false),
                    output = table.Column<string>(type: "TEXT", nullable: true),
                    failure_class = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true),
                    failure_reason = table.Column<string>(type: "TEXT", nullable: true),
                    started_at = table.Column<long>(type: "INTEGER", nullable: true),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_jobs", x => x.id);
                    table.CheckConstraint("ck_jobs_ended", "(ended_at IS NOT NULL) = (state IN ('Succeeded', 'Failed', 'Cancelled'))");
                    table.CheckConstraint("ck_jobs_output", "(output IS NOT NULL) = (state = 'Succeeded')");
                    table.CheckConstraint("ck_jobs_remaining", "remaining >= 0 AND remaining <= stage_size");
                    table.ForeignKey(
                        name: "FK_jobs_campaigns_campaign_id",
                        column: x => x.campaign_id,
                        principalTable: "campaigns",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "metric_points",
                columns: table => new
                {
                    campaign_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    series = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    step = table.Column<long>(type: "INTEGER", nullable: false),
                    value = table.Column<double>(type: "REAL", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_metric_points", x => new { x.campaign_id, x.series, x.step });
                    table.ForeignKey(
                        name: "FK_metric_points_campaigns_campaign_id",
                        column: x => x.campaign_id,
                        principalTable: "campaigns",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "shards",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    job_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    campaign_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    stage = table.Column<int>(type: "INTEGER", nullable: false),
                    stage_name = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    index = table.Column<int>(type: "INTEGER", nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    input = table.Column<string>(type: "TEXT", nullable: false),
                    input_key = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 12, nullable: false),
                    attempt = table.Column<int>(type: "INTEGER", nullable: false),
                    deaths = table.Column<int>(type: "INTEGER", nullable: false),
                    retries = table.Column<int>(type: "INTEGER", nullable: false),
                    not_before = table.Column<long>(type: "INTEGER", nullable: true),
                    boot_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    worker = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true),
                    fraction = table.Column<double>(type: "REAL", nullable: false),
                    progress_text = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    dispatched_at = table.Column<long>(type: "INTEGER", nullable: true),
                    last_heartbeat = table.Column<long>(type: "INTEGER", nullable: true),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    result_hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    failure_class = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true),
                    failure_reason = table.Column<string>(type: "TEXT", nullable: true),
                    failure_stack = table.Column<string>(type: "TEXT", nullable: true),
                    device_seconds = table.Column<double>(type: "REAL", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_shards", x => x.id);
                    table.CheckConstraint("ck_shards_ended", "(ended_at IS NOT NULL) = (state IN ('Succeeded', 'Failed', 'Parked', 'Cancelled'))");
                    table.CheckConstraint("ck_shards_result", "(result_hash IS NOT NULL) = (state = 'Succeeded')");
                    table.CheckConstraint("ck_shards_runner", "state <> 'Running' OR boot_id IS NOT NULL");
                    table.ForeignKey(
                        name: "FK_shards_jobs_job_id",
                        column: x => x.job_id,
                        principalTable: "jobs",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "shard_attempts",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    shard_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    job_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    attempt = table.Column<int>(type: "INTEGER", nullable: false),
                    worker = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    boot_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    outcome = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_shard_attempts", x => x.id);
                    table.CheckConstraint("ck_shard_attempts_outcome", "(ended_at IS NOT NULL) = (outcome IS NOT NULL)");
                    table.ForeignKey(
                        name: "FK_shard_attempts_shards_shard_id",
                        column: x => x.shard_id,
                        principalTable: "shards",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_campaign_artifacts_hash",
                table: "campaign_artifacts",
                column: "hash");

            migrationBuilder.CreateIndex(
                name: "IX_campaign_events_campaign_id_number",
                table: "campaign_events",
                columns: new[] { "campaign_id", "number" });

            migrationBuilder.CreateIndex(
                name: "IX_campaigns_state_id",
                table: "campaigns",
                columns: new[] { "state", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_campaigns_team_idempotency_key",
                table: "campaigns",
                columns: new[] { "team", "idempotency_key" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_dataset_versions_hash",
                table: "dataset_versions",
                column: "hash");

            migrationBuilder.CreateIndex(
                name: "IX_dataset_versions_name_hash",
                table: "dataset_versions",
                columns: new[] { "name", "hash" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_jobs_campaign_id_name",
                table: "jobs",
                columns: new[] { "campaign_id", "name" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_jobs_campaign_id_ordinal",
                table: "jobs",
                columns: new[] { "campaign_id", "ordinal" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_jobs_kind_id",
                table: "jobs",
                columns: new[] { "kind", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_jobs_state_id",
                table: "jobs",
                columns: new[] { "state", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_photos_batch_id_name",
                table: "photos",
                columns: new[] { "batch_id", "name" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_photos_hash",
                table: "photos",
                column: "hash");

            migrationBuilder.CreateIndex(
                name: "IX_shard_attempts_shard_id",
                table: "shard_attempts",
                column: "shard_id");

            migrationBuilder.CreateIndex(
                name: "IX_shard_attempts_worker_ended_at",
                table: "shard_attempts",
                columns: new[] { "worker", "ended_at" });

            migrationBuilder.CreateIndex(
                name: "IX_shards_campaign_id_state",
                table: "shards",
                columns: new[] { "campaign_id", "state" });

            migrationBuilder.CreateIndex(
                name: "IX_shards_job_id_stage_index",
                table: "shards",
                columns: new[] { "job_id", "stage", "index" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_shards_state_id",
                table: "shards",
                columns: new[] { "state", "id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "campaign_artifacts");

            migrationBuilder.DropTable(
                name: "campaign_events");

            migrationBuilder.DropTable(
                name: "dataset_versions");

            migrationBuilder.DropTable(
                name: "metric_points");

            migrationBuilder.DropTable(
                name: "photos");

            migrationBuilder.DropTable(
                name: "shard_attempts");

            migrationBuilder.DropTable(
                name: "workers");

            migrationBuilder.DropTable(
                name: "batches");

            migrationBuilder.DropTable(
                name: "shards");

            migrationBuilder.DropTable(
                name: "jobs");

            migrationBuilder.DropTable(
                name: "campaigns");
        }
    }
}
