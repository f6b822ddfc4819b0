using MassTransit;

namespace PortraitGen.Jobs.Messaging;

// The wire. Names and versions are explicit and outlive the code; a change of meaning is a new version beside the old one.
// Messages carry references and small JSON, never tensors or images.

/// <summary>Do this shard. One per dispatch; a second one for the same shard is harmless.</summary>
/// <param name="Input">The shard's whole input as canonical JSON, a few KB.</param>
/// <param name="InputKey">Its identity, 64 hex digits: where the result is indexed.</param>
/// <param name="Repair">An output of the shard, 64 hex digits, that is damaged or gone: nobody is asked, and the work is done though its result is known. Null for the usual.</param>
[MessageUrn("portraitgen:run-shard:v1")]
public sealed record RunShard(Guid ShardId, Guid JobId, Guid CampaignId, int Attempt, string Kind, string InputKey, string Input, string? Repair = null);

/// <summary>May I go? Asked before computing.</summary>
/// <param name="Redelivered">The broker gave this delivery to somebody before, whose lease is gone.</param>
[MessageUrn("portraitgen:ask-shard:v1")]
public sealed record AskShard(Guid ShardId, Guid JobId, int Attempt, string Worker, Guid BootId, bool Redelivered);

/// <summary>Go, or drop it and say why.</summary>
[MessageUrn("portraitgen:shard-verdict:v1")]
public sealed record ShardVerdict(bool Go, string Reason);

/// <summary>A heartbeat with progress, every 10 s.</summary>
[MessageUrn("portraitgen:shard-progress:v1")]
public sealed record ShardProgress(Guid ShardId, Guid JobId, int Attempt, string Worker, Guid BootId, double Fraction, string Text);

/// <summary>The shard's result is indexed in the store.</summary>
/// <param name="ResultHash">SHA-256 of the result index that is stored.</param>
/// <param name="ContraryHash">What this run made when another result was stored already; null otherwise. An alarm.</param>
/// <param name="Found">It was there before; nothing was computed.</param>
[MessageUrn("portraitgen:shard-completed:v1")]
public sealed record ShardCompleted(
    Guid ShardId, Guid JobId, int Attempt, string Worker, Guid BootId, string InputKey, string ResultHash, string? ContraryHash, bool Found, double DeviceSeconds);

/// <summary>The shard's run ended without a result.</summary>
/// <param name="Artifact">The object that was damaged or gone, 64 hex digits; null for any other failure.</param>
[MessageUrn("portraitgen:shard-failed:v1")]
public sealed record ShardFailed(
    Guid ShardId, Guid JobId, int Attempt, string Worker, Guid BootId, string FailureClass, string Reason, string? Stack, double DeviceSeconds,
    string? Artifact = null);

/// <summary>To all workers: stop these shards at the next safe point.</summary>
[MessageUrn("portraitgen:stop-shards:v1")]
public sealed record StopShards(Guid[] ShardIds, string Reason);

/// <summary>A worker is there; sent at its start, when it begins to take shards, and every 10 s.</summary>
/// <param name="Slots">Shards at once; 0 before it takes any.</param>
/// <param name="Queue">Where it takes them from; null from a worker of an older release, and before it takes any.</param>
/// <param name="Device"><c>cpu</c> or <c>cuda</c>; null is unknown, here and below.</param>
/// <param name="MemoryGiB">Memory of its device.</param>
/// <param name="Kinds">The kinds of shard it has handlers for.</param>
[MessageUrn("portraitgen:worker-alive:v1")]
public sealed record WorkerAlive(
    string Worker, Guid BootId, int Slots, string? Queue = null, string? Device = null, string? InstructionSet = null, string? Libtorch = null, int? MemoryGiB = null,
    string[]? Kinds = null);

/// <summary>A worker goes in good order: what it leaves behind is no death.</summary>
[MessageUrn("portraitgen:worker-leaving:v1")]
public sealed record WorkerLeaving(string Worker, Guid BootId);
