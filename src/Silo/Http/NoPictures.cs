using Orchestrator.Contracts.Api;
using Orchestrator.Results.Runs;

namespace Orchestrator.Silo.Http;

/// <summary>A control plane without tensors shows nothing.</summary>
internal sealed class NoPictures : IHeadPictures
{
    public Task<IReadOnlyList<PatternPicture>?> Patterns(RunDetail run, int? step, int sequence, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<PatternPicture>?>(null);

    public Task<HeadCircuits?> Circuits(RunDetail run, int? step, int layer, int head, int most, CancellationToken cancellation) => Task.FromResult<HeadCircuits?>(null);
}
