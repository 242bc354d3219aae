using Orchestrator.Contracts.Api;
using Orchestrator.Results.Runs;

namespace Orchestrator.Silo.Http;

/// <summary>A control plane without tensors draws nothing.</summary>
internal sealed class NoPictures : IPatternPictures
{
    public Task<IReadOnlyList<PatternPicture>?> Draw(RunDetail run, int? step, int sequence, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<PatternPicture>?>(null);
}
