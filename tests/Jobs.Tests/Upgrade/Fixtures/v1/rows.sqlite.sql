CREATE TABLE IF NOT EXISTS "__EFMigrationsHistory" (
    "MigrationId" TEXT NOT NULL CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY,
    "ProductVersion" TEXT NOT NULL
);

CREATE TABLE "batches" (
    "id" TEXT NOT NULL CONSTRAINT "PK_batches" PRIMARY KEY,
    "name" TEXT NOT NULL,
    "team" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "sealed_at" INTEGER NULL
);

CREATE TABLE "campaigns" (
    "id" TEXT NOT NULL CONSTRAINT "PK_campaigns" PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "team" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "spec" TEXT NOT NULL,
    "spec_hash" TEXT NOT NULL,
    "idempotency_key" TEXT NULL,
    "priority" INTEGER NOT NULL,
    "created_at" INTEGER NOT NULL,
    "started_at" INTEGER NULL,
    "ended_at" INTEGER NULL,
    "failure_class" TEXT NULL,
    "failure_reason" TEXT NULL,
    "version" INTEGER NOT NULL,
    CONSTRAINT "ck_campaigns_ended" CHECK ((ended_at IS NOT NULL) = (state IN ('Succeeded', 'Failed', 'Cancelled')))
);

CREATE TABLE "dataset_versions" (
    "id" TEXT NOT NULL CONSTRAINT "PK_dataset_versions" PRIMARY KEY,
    "name" TEXT NOT NULL,
    "team" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "manifest_length" INTEGER NOT NULL,
    "portraits" INTEGER NOT NULL,
    "details" TEXT NOT NULL,
    "campaign_id" TEXT NULL,
    "created_at" INTEGER NOT NULL
);

CREATE TABLE "workers" (
    "name" TEXT NOT NULL CONSTRAINT "PK_workers" PRIMARY KEY,
    "boot_id" TEXT NOT NULL,
    "slots" INTEGER NOT NULL,
    "started_at" INTEGER NOT NULL,
    "last_seen" INTEGER NOT NULL,
    "left_at" INTEGER NULL
);

CREATE TABLE "photos" (
    "id" TEXT NOT NULL CONSTRAINT "PK_photos" PRIMARY KEY,
    "batch_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "length" INTEGER NOT NULL,
    "media_type" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT NULL,
    "details" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "curated_hash" TEXT NULL,
    CONSTRAINT "ck_photos_curated" CHECK ((curated_hash IS NOT NULL) = (state = 'Accepted')),
    CONSTRAINT "ck_photos_reason" CHECK ((reason IS NOT NULL) = (state = 'Rejected')),
    CONSTRAINT "FK_photos_batches_batch_id" FOREIGN KEY ("batch_id") REFERENCES "batches" ("id") ON DELETE CASCADE
);

CREATE TABLE "campaign_artifacts" (
    "campaign_id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "length" INTEGER NOT NULL,
    "media_type" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    CONSTRAINT "PK_campaign_artifacts" PRIMARY KEY ("campaign_id", "job_id", "name"),
    CONSTRAINT "FK_campaign_artifacts_campaigns_campaign_id" FOREIGN KEY ("campaign_id") REFERENCES "campaigns" ("id") ON DELETE CASCADE
);

CREATE TABLE "campaign_events" (
    "number" INTEGER NOT NULL CONSTRAINT "PK_campaign_events" PRIMARY KEY AUTOINCREMENT,
    "campaign_id" TEXT NOT NULL,
    "job_id" TEXT NULL,
    "kind" TEXT NOT NULL,
    "data" TEXT NOT NULL,
    "at" INTEGER NOT NULL,
    CONSTRAINT "FK_campaign_events_campaigns_campaign_id" FOREIGN KEY ("campaign_id") REFERENCES "campaigns" ("id") ON DELETE CASCADE
);

CREATE TABLE "jobs" (
    "id" TEXT NOT NULL CONSTRAINT "PK_jobs" PRIMARY KEY,
    "campaign_id" TEXT NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "parameters" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "stage" INTEGER NOT NULL,
    "stage_name" TEXT NULL,
    "stage_size" INTEGER NOT NULL,
    "remaining" INTEGER NOT NULL,
    "output" TEXT NULL,
    "failure_class" TEXT NULL,
    "failure_reason" TEXT NULL,
    "started_at" INTEGER NULL,
    "ended_at" INTEGER NULL,
    CONSTRAINT "ck_jobs_ended" CHECK ((ended_at IS NOT NULL) = (state IN ('Succeeded', 'Failed', 'Cancelled'))),
    CONSTRAINT "ck_jobs_output" CHECK ((output IS NOT NULL) = (state = 'Succeeded')),
    CONSTRAINT "ck_jobs_remaining" CHECK (remaining >= 0 AND remaining <= stage_size),
    CONSTRAINT "FK_jobs_campaigns_campaign_id" FOREIGN KEY ("campaign_id") REFERENCES "campaigns" ("id") ON DELETE CASCADE
);

CREATE TABLE "metric_points" (
    "campaign_id" TEXT NOT NULL,
    "series" TEXT NOT NULL,
    "step" INTEGER NOT NULL,
    "value" REAL NOT NULL,
    CONSTRAINT "PK_metric_points" PRIMARY KEY ("campaign_id", "series", "step"),
    CONSTRAINT "FK_metric_points_campaigns_campaign_id" FOREIGN KEY ("campaign_id") REFERENCES "campaigns" ("id") ON DELETE CASCADE
);

CREATE TABLE "shards" (
    "id" TEXT NOT NULL CONSTRAINT "PK_shards" PRIMARY KEY,
    "job_id" TEXT NOT NULL,
    "campaign_id" TEXT NOT NULL,
    "stage" INTEGER NOT NULL,
    "stage_name" TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "input" TEXT NOT NULL,
    "input_key" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "deaths" INTEGER NOT NULL,
    "retries" INTEGER NOT NULL,
    "not_before" INTEGER NULL,
    "boot_id" TEXT NULL,
    "worker" TEXT NULL,
    "fraction" REAL NOT NULL,
    "progress_text" TEXT NULL,
    "created_at" INTEGER NOT NULL,
    "dispatched_at" INTEGER NULL,
    "last_heartbeat" INTEGER NULL,
    "ended_at" INTEGER NULL,
    "result_hash" TEXT NULL,
    "failure_class" TEXT NULL,
    "failure_reason" TEXT NULL,
    "failure_stack" TEXT NULL,
    "device_seconds" REAL NOT NULL,
    CONSTRAINT "ck_shards_ended" CHECK ((ended_at IS NOT NULL) = (state IN ('Succeeded', 'Failed', 'Parked', 'Cancelled'))),
    CONSTRAINT "ck_shards_result" CHECK ((result_hash IS NOT NULL) = (state = 'Succeeded')),
    CONSTRAINT "ck_shards_runner" CHECK (state <> 'Running' OR boot_id IS NOT NULL),
    CONSTRAINT "FK_shards_jobs_job_id" FOREIGN KEY ("job_id") REFERENCES "jobs" ("id") ON DELETE CASCADE
);

CREATE TABLE "shard_attempts" (
    "id" TEXT NOT NULL CONSTRAINT "PK_shard_attempts" PRIMARY KEY,
    "shard_id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "worker" TEXT NOT NULL,
    "boot_id" TEXT NOT NULL,
    "started_at" INTEGER NOT NULL,
    "ended_at" INTEGER NULL,
    "outcome" TEXT NULL,
    CONSTRAINT "ck_shard_attempts_outcome" CHECK ((ended_at IS NOT NULL) = (outcome IS NOT NULL)),
    CONSTRAINT "FK_shard_attempts_shards_shard_id" FOREIGN KEY ("shard_id") REFERENCES "shards" ("id") ON DELETE CASCADE
);

CREATE INDEX "IX_campaign_artifacts_hash" ON "campaign_artifacts" ("hash");

CREATE INDEX "IX_campaign_events_campaign_id_number" ON "campaign_events" ("campaign_id", "number");

CREATE INDEX "IX_campaigns_state_id" ON "campaigns" ("state", "id");

CREATE UNIQUE INDEX "IX_campaigns_team_idempotency_key" ON "campaigns" ("team", "idempotency_key");

CREATE INDEX "IX_dataset_versions_hash" ON "dataset_versions" ("hash");

CREATE UNIQUE INDEX "IX_dataset_versions_name_hash" ON "dataset_versions" ("name", "hash");

CREATE UNIQUE INDEX "IX_jobs_campaign_id_name" ON "jobs" ("campaign_id", "name");

CREATE UNIQUE INDEX "IX_jobs_campaign_id_ordinal" ON "jobs" ("campaign_id", "ordinal");

CREATE INDEX "IX_jobs_kind_id" ON "jobs" ("kind", "id");

CREATE INDEX "IX_jobs_state_id" ON "jobs" ("state", "id");

CREATE UNIQUE INDEX "IX_photos_batch_id_name" ON "photos" ("batch_id", "name");

CREATE INDEX "IX_photos_hash" ON "photos" ("hash");

CREATE INDEX "IX_shard_attempts_shard_id" ON "shard_attempts" ("shard_id");

CREATE INDEX "IX_shard_attempts_worker_ended_at" ON "shard_attempts" ("worker", "ended_at");

CREATE INDEX "IX_shards_campaign_id_state" ON "shards" ("campaign_id", "state");

CREATE UNIQUE INDEX "IX_shards_job_id_stage_index" ON "shards" ("job_id", "stage", "index");

CREATE INDEX "IX_shards_state_id" ON "shards" ("state", "id");

INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion")
VALUES ('20261124033426_Initial', '10.0.15');


INSERT INTO "campaigns" ("id", "created_at", "ended_at", "failure_class", "failure_reason", "idempotency_key", "kind", "name", "priority", "spec", "spec_hash", "started_at", "state", "team", "version") VALUES ('01A213CB-1DA0-728C-A5D1-8BF457496E15', 639312252082243150, NULL, NULL, NULL, NULL, 'toy', 'a toy', 0, '{"jobs":2,"seed":41,"shards":3,"stages":2}', '80f4cc4b97e2d4b9c5207ca9653e66e325e3c8b0325c46efd157d84238745ea7', 639312252272601678, 'Running', 'tests', 1);
INSERT INTO "jobs" ("id", "campaign_id", "ended_at", "failure_class", "failure_reason", "kind", "name", "ordinal", "output", "parameters", "remaining", "stage", "stage_name", "stage_size", "started_at", "state") VALUES ('01A213CB-1DA0-77D3-9FFE-4EE41F962C30', '01A213CB-1DA0-728C-A5D1-8BF457496E15', 639312252604588754, NULL, NULL, 'toy-job', 'toy-0', 0, '{"sum":354891}', '{"epoch":0}', 0, 2, 'stage-1', 3, 639312252272601678, 'Succeeded');
INSERT INTO "jobs" ("id", "campaign_id", "ended_at", "failure_class", "failure_reason", "kind", "name", "ordinal", "output", "parameters", "remaining", "stage", "stage_name", "stage_size", "started_at", "state") VALUES ('01A213CB-1DA1-71D1-AB5C-FC06BB5EC436', '01A213CB-1DA0-728C-A5D1-8BF457496E15', NULL, NULL, NULL, 'toy-job', 'toy-1', 1, NULL, '{"epoch":1}', 1, 1, 'stage-0', 3, 639312252604588754, 'Running');
INSERT INTO "shards" ("id", "attempt", "boot_id", "campaign_id", "created_at", "deaths", "device_seconds", "dispatched_at", "ended_at", "failure_class", "failure_reason", "failure_stack", "fraction", "index", "input", "input_key", "job_id", "kind", "last_heartbeat", "not_before", "progress_text", "result_hash", "retries", "stage", "stage_name", "state", "worker") VALUES ('01A213CB-7D22-7105-9FF7-ABCA42831B3B', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', '01A213CB-1DA0-728C-A5D1-8BF457496E15', 639312252326747046, 0, 2.6762522, 639312252376417209, 639312252512836449, NULL, NULL, NULL, 1.0, 0, '{"epoch":0,"index":0,"seed":41,"stage":0,"sum":41}', '3cc5dff3e591c79bc2277a222089854f69573daf7755d0679161a72e85ba04dd', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'toy', 639312252508459507, NULL, 'a quarter', '20dd45fa262f8af9ecb44e7b7865061240c8aa3d60a13be3db272d257566c3dc', 0, 1, 'stage-0', 'Succeeded', 'worker-a');
INSERT INTO "shards" ("id", "attempt", "boot_id", "campaign_id", "created_at", "deaths", "device_seconds", "dispatched_at", "ended_at", "failure_class", "failure_reason", "failure_stack", "fraction", "index", "input", "input_key", "job_id", "kind", "last_heartbeat", "not_before", "progress_text", "result_hash", "retries", "stage", "stage_name", "state", "worker") VALUES ('01A213CB-7D22-7C4E-8D14-7B5D99661EB9', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', '01A213CB-1DA0-728C-A5D1-8BF457496E15', 639312252326747046, 0, 0.9150323, 639312252376417209, 639312252525674708, NULL, NULL, NULL, 1.0, 2, '{"epoch":0,"index":2,"seed":41,"stage":0,"sum":41}', '472baaa2cb2b2f093f7eb7c810a02e45d477d52b37c75abbe2c3f655945fca89', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'toy', 639312252525207765, NULL, 'a quarter', '62b82b6583f06edfdd9979dc196bc9cc2c6d1970aa61a81a4d7231e014942882', 0, 1, 'stage-0', 'Succeeded', 'worker-a');
INSERT INTO "shards" ("id", "attempt", "boot_id", "campaign_id", "created_at", "deaths", "device_seconds", "dispatched_at", "ended_at", "failure_class", "failure_reason", "failure_stack", "fraction", "index", "input", "input_key", "job_id", "kind", "last_heartbeat", "not_before", "progress_text", "result_hash", "retries", "stage", "stage_name", "state", "worker") VALUES ('01A213CB-7D22-7F29-9078-120B755152BA', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', '01A213CB-1DA0-728C-A5D1-8BF457496E15', 639312252326747046, 0, 0.2250762, 639312252376417209, 639312252529528171, NULL, NULL, NULL, 1.0, 1, '{"epoch":0,"index":1,"seed":41,"stage":0,"sum":41}', '83b19a79e96cd49f8ede1822eb97f127225957e138bdd16176fd337951e977a2', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'toy', 639312252530296407, NULL, 'a quarter', '5d15d9668e8ae81431af07cc44bf2ee774ec7f30af9b00792bec808ffd20e47c', 0, 1, 'stage-0', 'Succeeded', 'worker-a');
INSERT INTO "shards" ("id", "attempt", "boot_id", "campaign_id", "created_at", "deaths", "device_seconds", "dispatched_at", "ended_at", "failure_class", "failure_reason", "failure_stack", "fraction", "index", "input", "input_key", "job_id", "kind", "last_heartbeat", "not_before", "progress_text", "result_hash", "retries", "stage", "stage_name", "state", "worker") VALUES ('01A213CB-D540-77D4-92FE-76F6AD2AB6D0', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', '01A213CB-1DA0-728C-A5D1-8BF457496E15', 639312252552327964, 0, 0.314382, 639312252560603629, 639312252569065181, NULL, NULL, NULL, 1.0, 2, '{"epoch":0,"index":2,"seed":41,"stage":1,"sum":3816}', '1a6a514745742bc48d13bda9ab99e732dfe7d9fcc76d703e91d7bde7eef307e3', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'toy', 639312252567261323, NULL, 'a quarter', 'a0754c165968cd0836834175fb283de4044c47ea43b95994276121edcf54ada1', 0, 2, 'stage-1', 'Succeeded', 'worker-a');
INSERT INTO "shards" ("id", "attempt", "boot_id", "campaign_id", "created_at", "deaths", "device_seconds", "dispatched_at", "ended_at", "failure_class", "failure_reason", "failure_stack", "fraction", "index", "input", "input_key", "job_id", "kind", "last_heartbeat", "not_before", "progress_text", "result_hash", "retries", "stage", "stage_name", "state", "worker") VALUES ('01A213CB-D540-7D9E-AB4E-0671CA991CEE', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', '01A213CB-1DA0-728C-A5D1-8BF457496E15', 639312252552327964, 0, 0.9676314, 639312252560603629, 639312252590560180, NULL, NULL, NULL, 1.0, 0, '{"epoch":0,"index":0,"seed":41,"stage":1,"sum":3816}', 'c23940dfd7ea7eccf580f0b1be49ddf099757fdd68cbb5eb86780c45d8baa66b', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'toy', 639312252590155505, NULL, 'a quarter', '6a83a284037c396053716ee098042f27b2225335a4213bb15aa86707c8e37fb0', 0, 2, 'stage-1', 'Succeeded', 'worker-a');
INSERT INTO "shards" ("id", "attempt", "boot_id", "campaign_id", "created_at", "deaths", "device_seconds", "dispatched_at", "ended_at", "failure_class", "failure_reason", "failure_stack", "fraction", "index", "input", "input_key", "job_id", "kind", "last_heartbeat", "not_before", "progress_text", "result_hash", "retries", "stage", "stage_name", "state", "worker") VALUES ('01A213CB-D540-7DBA-B9F1-A217B23F4D0E', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', '01A213CB-1DA0-728C-A5D1-8BF457496E15', 639312252552327964, 0, 0.3329052, 639312252560603629, 639312252595060794, NULL, NULL, NULL, 1.0, 1, '{"epoch":0,"index":1,"seed":41,"stage":1,"sum":3816}', '7b91a99470ae47a585191b4d426f0495dce1904733bb61c4f988074149264c2e', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'toy', 639312252591262791, NULL, NULL, '6eddfc3d97ff140af530e8a82e0c1a15203f24469314e5525bd3a5ee90eb15f9', 0, 2, 'stage-1', 'Succeeded', 'worker-a');
INSERT INTO "shards" ("id", "attempt", "boot_id", "campaign_id", "created_at", "deaths", "device_seconds", "dispatched_at", "ended_at", "failure_class", "failure_reason", "failure_stack", "fraction", "index", "input", "input_key", "job_id", "kind", "last_heartbeat", "not_before", "progress_text", "result_hash", "retries", "stage", "stage_name", "state", "worker") VALUES ('01A213CC-024B-70E9-9B93-E9F5F11A966F', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', '01A213CB-1DA0-728C-A5D1-8BF457496E15', 639312252667632210, 0, 0.2112744, 639312252681958036, 639312252696970134, NULL, NULL, NULL, 1.0, 0, '{"epoch":1,"index":0,"seed":41,"stage":0,"sum":354891}', 'f7f8783e70749276345b19ad87747982cac06e5a65d54710bee827c26b55e29a', '01A213CB-1DA1-71D1-AB5C-FC06BB5EC436', 'toy', 639312252697565597, NULL, 'a quarter', 'a83d9d62cb342093af5e46f78dd72955aa31795b6f94a43fa1539c4f248bb2a1', 0, 1, 'stage-0', 'Succeeded', 'worker-a');
INSERT INTO "shards" ("id", "attempt", "boot_id", "campaign_id", "created_at", "deaths", "device_seconds", "dispatched_at", "ended_at", "failure_class", "failure_reason", "failure_stack", "fraction", "index", "input", "input_key", "job_id", "kind", "last_heartbeat", "not_before", "progress_text", "result_hash", "retries", "stage", "stage_name", "state", "worker") VALUES ('01A213CC-024B-7E77-BDD4-D8ECFC44DD65', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', '01A213CB-1DA0-728C-A5D1-8BF457496E15', 639312252667632210, 0, 0.4417805, 639312252681958036, 639312252715861317, NULL, NULL, NULL, 1.0, 2, '{"epoch":1,"index":2,"seed":41,"stage":0,"sum":354891}', '4303fee9178a315f455c9edc1cd54f4b14e9f3e6e6ebc13e9de862848da053b3', '01A213CB-1DA1-71D1-AB5C-FC06BB5EC436', 'toy', 639312252715359728, NULL, 'a quarter', '5b1462993eb840086b4395b2a123056f2bdcf1015cb7913761f6c02279c41f81', 0, 1, 'stage-0', 'Succeeded', 'worker-a');
INSERT INTO "shards" ("id", "attempt", "boot_id", "campaign_id", "created_at", "deaths", "device_seconds", "dispatched_at", "ended_at", "failure_class", "failure_reason", "failure_stack", "fraction", "index", "input", "input_key", "job_id", "kind", "last_heartbeat", "not_before", "progress_text", "result_hash", "retries", "stage", "stage_name", "state", "worker") VALUES ('01A213CC-024B-7ECA-BB9C-CC1EDC410B18', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', '01A213CB-1DA0-728C-A5D1-8BF457496E15', 639312252667632210, 0, 0.0, 639312252681958036, NULL, NULL, NULL, NULL, 0.25, 1, '{"epoch":1,"index":1,"seed":41,"stage":0,"sum":354891}', '4580b4e866c85e684b28a10d2698e73e4c5fb1e610039569f39034f9f70ef809', '01A213CB-1DA1-71D1-AB5C-FC06BB5EC436', 'toy', 639312252731985943, NULL, 'a quarter', NULL, 0, 1, 'stage-0', 'Running', 'worker-a');
INSERT INTO "campaign_artifacts" ("campaign_id", "job_id", "name", "created_at", "hash", "length", "media_type") VALUES ('01A213CB-1DA0-728C-A5D1-8BF457496E15', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'note.txt', 639312252604588754, '2989cf9f8243bce51c2f6a5d20ae8540b2519471500ae433a597070b6c21ad64', 6, 'text/plain');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (1, 639312252082243150, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"asked":"80f4cc4b97e2d4b9c5207ca9653e66e325e3c8b0325c46efd157d84238745ea7","jobs":2,"kind":"toy","name":"a toy"}', NULL, 'campaign-submitted');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (10, 639312252530296407, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"attempt":1,"done":2,"fraction":0.25,"index":1,"job":"toy-0","of":3,"shard":"01a213cb-7d22-7f29-9078-120b755152ba","stage":"stage-0","text":"a quarter","worker":"worker-a"}', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'progress');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (11, 639312252552327964, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"job":"toy-0","number":2,"shards":3,"stage":"stage-1"}', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'stage-planned');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (12, 639312252567261323, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"attempt":1,"done":0,"fraction":0.25,"index":2,"job":"toy-0","of":3,"shard":"01a213cb-d540-77d4-92fe-76f6ad2ab6d0","stage":"stage-1","text":"a quarter","worker":"worker-a"}', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'progress');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (13, 639312252582566976, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"attempt":1,"done":1,"fraction":0.25,"index":0,"job":"toy-0","of":3,"shard":"01a213cb-d540-7d9e-ab4e-0671ca991cee","stage":"stage-1","text":"a quarter","worker":"worker-a"}', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'progress');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (14, 639312252589698289, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"attempt":1,"done":1,"fraction":0.25,"index":0,"job":"toy-0","of":3,"shard":"01a213cb-d540-7d9e-ab4e-0671ca991cee","stage":"stage-1","text":"a quarter","worker":"worker-a"}', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'progress');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (15, 639312252595060794, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"attempt":1,"done":3,"fraction":1,"index":1,"job":"toy-0","of":3,"shard":"01a213cb-d540-7dba-b9f1-a217b23f4d0e","stage":"stage-1","text":null,"worker":"worker-a"}', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'progress');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (16, 639312252604588754, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"artifacts":1,"job":"toy-0","kind":"toy-job","metrics":{"toy/sum":354891},"step":0}', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'job-succeeded');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (17, 639312252604588754, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"job":"toy-1","kind":"toy-job"}', '01A213CB-1DA1-71D1-AB5C-FC06BB5EC436', 'job-started');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (18, 639312252667632210, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"job":"toy-1","number":1,"shards":3,"stage":"stage-0"}', '01A213CB-1DA1-71D1-AB5C-FC06BB5EC436', 'stage-planned');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (19, 639312252697565597, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"attempt":1,"done":0,"fraction":0.25,"index":0,"job":"toy-1","of":3,"shard":"01a213cc-024b-70e9-9b93-e9f5f11a966f","stage":"stage-0","text":"a quarter","worker":"worker-a"}', '01A213CB-1DA1-71D1-AB5C-FC06BB5EC436', 'progress');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (2, 639312252272601678, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{}', NULL, 'campaign-started');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (20, 639312252715359728, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"attempt":1,"done":1,"fraction":0.25,"index":2,"job":"toy-1","of":3,"shard":"01a213cc-024b-7e77-bdd4-d8ecfc44dd65","stage":"stage-0","text":"a quarter","worker":"worker-a"}', '01A213CB-1DA1-71D1-AB5C-FC06BB5EC436', 'progress');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (21, 639312252723542349, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"attempt":1,"done":2,"fraction":0.25,"index":1,"job":"toy-1","of":3,"shard":"01a213cc-024b-7eca-bb9c-cc1edc410b18","stage":"stage-0","text":"a quarter","worker":"worker-a"}', '01A213CB-1DA1-71D1-AB5C-FC06BB5EC436', 'progress');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (22, 639312252729037486, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"attempt":1,"done":2,"fraction":0.25,"index":1,"job":"toy-1","of":3,"shard":"01a213cc-024b-7eca-bb9c-cc1edc410b18","stage":"stage-0","text":"a quarter","worker":"worker-a"}', '01A213CB-1DA1-71D1-AB5C-FC06BB5EC436', 'progress');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (23, 639312252736214308, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"attempt":1,"done":2,"fraction":0.25,"index":1,"job":"toy-1","of":3,"shard":"01a213cc-024b-7eca-bb9c-cc1edc410b18","stage":"stage-0","text":"a quarter","worker":"worker-a"}', '01A213CB-1DA1-71D1-AB5C-FC06BB5EC436', 'progress');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (3, 639312252272601678, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"job":"toy-0","kind":"toy-job"}', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'job-started');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (4, 639312252326747046, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"job":"toy-0","number":1,"shards":3,"stage":"stage-0"}', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'stage-planned');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (5, 639312252494355187, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"attempt":1,"done":0,"fraction":0,"index":0,"job":"toy-0","of":3,"shard":"01a213cb-7d22-7105-9ff7-abca42831b3b","stage":"stage-0","text":"starting","worker":"worker-a"}', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'progress');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (6, 639312252500137660, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"attempt":1,"done":0,"fraction":0,"index":0,"job":"toy-0","of":3,"shard":"01a213cb-7d22-7105-9ff7-abca42831b3b","stage":"stage-0","text":"starting","worker":"worker-a"}', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'progress');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (7, 639312252505178870, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"attempt":1,"done":0,"fraction":0.25,"index":0,"job":"toy-0","of":3,"shard":"01a213cb-7d22-7105-9ff7-abca42831b3b","stage":"stage-0","text":"a quarter","worker":"worker-a"}', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'progress');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (8, 639312252512836449, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"attempt":1,"done":1,"fraction":1,"index":0,"job":"toy-0","of":3,"shard":"01a213cb-7d22-7105-9ff7-abca42831b3b","stage":"stage-0","text":"a quarter","worker":"worker-a"}', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'progress');
INSERT INTO "campaign_events" ("number", "at", "campaign_id", "data", "job_id", "kind") VALUES (9, 639312252525207765, '01A213CB-1DA0-728C-A5D1-8BF457496E15', '{"attempt":1,"done":1,"fraction":0.25,"index":2,"job":"toy-0","of":3,"shard":"01a213cb-7d22-7c4e-8d14-7b5d99661eb9","stage":"stage-0","text":"a quarter","worker":"worker-a"}', '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'progress');
INSERT INTO "metric_points" ("campaign_id", "series", "step", "value") VALUES ('01A213CB-1DA0-728C-A5D1-8BF457496E15', 'toy/sum', 0, 354891.0);
INSERT INTO "shard_attempts" ("id", "attempt", "boot_id", "ended_at", "job_id", "outcome", "shard_id", "started_at", "worker") VALUES ('01A213CB-A056-747B-AA28-B7AAD12A4894', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', 639312252512836449, '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'succeeded', '01A213CB-7D22-7105-9FF7-ABCA42831B3B', 639312252416867549, 'worker-a');
INSERT INTO "shard_attempts" ("id", "attempt", "boot_id", "ended_at", "job_id", "outcome", "shard_id", "started_at", "worker") VALUES ('01A213CB-B532-7B85-9F31-938EC683DBBF', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', 639312252525674708, '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'succeeded', '01A213CB-7D22-7C4E-8D14-7B5D99661EB9', 639312252470261784, 'worker-a');
INSERT INTO "shard_attempts" ("id", "attempt", "boot_id", "ended_at", "job_id", "outcome", "shard_id", "started_at", "worker") VALUES ('01A213CB-BC97-7C54-A535-89F5B4275DF0', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', 639312252529528171, '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'succeeded', '01A213CB-7D22-7F29-9078-120B755152BA', 639312252489193933, 'worker-a');
INSERT INTO "shard_attempts" ("id", "attempt", "boot_id", "ended_at", "job_id", "outcome", "shard_id", "started_at", "worker") VALUES ('01A213CB-D9F1-70E3-AE85-0F8E72B1CD00', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', 639312252569065181, '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'succeeded', '01A213CB-D540-77D4-92FE-76F6AD2AB6D0', 639312252564335282, 'worker-a');
INSERT INTO "shard_attempts" ("id", "attempt", "boot_id", "ended_at", "job_id", "outcome", "shard_id", "started_at", "worker") VALUES ('01A213CB-DF65-7505-82CF-73E318C403C0', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', 639312252590560180, '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'succeeded', '01A213CB-D540-7D9E-AB4E-0671CA991CEE', 639312252578299648, 'worker-a');
INSERT INTO "shard_attempts" ("id", "attempt", "boot_id", "ended_at", "job_id", "outcome", "shard_id", "started_at", "worker") VALUES ('01A213CB-E476-7916-AA8D-CBF849128E06', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', 639312252595060794, '01A213CB-1DA0-77D3-9FFE-4EE41F962C30', 'succeeded', '01A213CB-D540-7DBA-B9F1-A217B23F4D0E', 639312252591262791, 'worker-a');
INSERT INTO "shard_attempts" ("id", "attempt", "boot_id", "ended_at", "job_id", "outcome", "shard_id", "started_at", "worker") VALUES ('01A213CC-088B-7DE7-936C-DDF93287EB20', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', 639312252696970134, '01A213CB-1DA1-71D1-AB5C-FC06BB5EC436', 'succeeded', '01A213CC-024B-70E9-9B93-E9F5F11A966F', 639312252683630463, 'worker-a');
INSERT INTO "shard_attempts" ("id", "attempt", "boot_id", "ended_at", "job_id", "outcome", "shard_id", "started_at", "worker") VALUES ('01A213CC-0A87-7EE2-9FBC-956E447F7C34', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', 639312252715861317, '01A213CB-1DA1-71D1-AB5C-FC06BB5EC436', 'succeeded', '01A213CC-024B-7E77-BDD4-D8ECFC44DD65', 639312252688714667, 'worker-a');
INSERT INTO "shard_attempts" ("id", "attempt", "boot_id", "ended_at", "job_id", "outcome", "shard_id", "started_at", "worker") VALUES ('01A213CC-10C7-79DA-A873-DB1F740BD487', 1, '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', NULL, '01A213CB-1DA1-71D1-AB5C-FC06BB5EC436', NULL, '01A213CC-024B-7ECA-BB9C-CC1EDC410B18', 639312252704711445, 'worker-a');
INSERT INTO "workers" ("name", "boot_id", "last_seen", "left_at", "slots", "started_at") VALUES ('worker-a', '01A213C9-6DEB-78F9-9F89-72BDF462D1DE', 639312252733485860, NULL, 1, 639312252107972770);
