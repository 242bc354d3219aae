using System.Security.Cryptography;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.ControlPlane.Bench.Scale;

/// <summary>
/// Names checkpoints and keeps none: what is measured is the control plane, and a thousand machines do not share one disk. The few
/// bytes that the control plane looks for (all runs have the same weights) go to its own store.
/// </summary>
internal sealed class NoFiles(IArtifactStore store) : IArtifactStore
{
    public static ReadOnlySpan<byte> Checkpoint => "checkpoint "u8;

    public async Task<string> Put(Stream content, CancellationToken cancellation = default)
    {
        var start = new byte[Checkpoint.Length];
        var read = await content.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellation);
        content.Position = 0;
        return start.AsSpan(0, read).SequenceEqual(Checkpoint)
            ? Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation))
            : await store.Put(content, cancellation);
    }

    public Task<byte[]> Get(string hash, CancellationToken cancellation = default) => throw new ArtifactException($"artifact {hash} was not kept: nothing in this simulation should ask for it");

    public Task<string> Local(string hash, string copies, CancellationToken cancellation = default) => store.Local(hash, copies, cancellation);

    public Task<bool> Exists(string hash, CancellationToken cancellation = default) => store.Exists(hash, cancellation);

    public Task Delete(string hash, CancellationToken cancellation = default) => store.Delete(hash, cancellation);
}
