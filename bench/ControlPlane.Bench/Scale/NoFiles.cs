using System.Security.Cryptography;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.ControlPlane.Bench.Scale;

/// <summary>Names files and keeps none: what is measured is the control plane, and a thousand machines do not share one disk.</summary>
internal sealed class NoFiles : IArtifactStore
{
    public Task<string> Put(ReadOnlyMemory<byte> content, CancellationToken cancellation = default) => Task.FromResult(Convert.ToHexStringLower(SHA256.HashData(content.Span)));

    public Task<byte[]> Get(string hash, CancellationToken cancellation = default) => throw new ArtifactException($"artifact {hash} was not kept: nothing in this simulation should ask for it");

    public Task<bool> Exists(string hash, CancellationToken cancellation = default) => Task.FromResult(true);

    public Task Delete(string hash, CancellationToken cancellation = default) => Task.CompletedTask;
}
