using Orchestrator.Contracts.Api;
using Orchestrator.Results.Findings;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Results.Runs;

/// <summary>How the metrics of one run move over training, as far as it was measured.</summary>
public sealed class RunCurves(IFactStore facts)
{
    /// <summary>Every snapshot that was measured.</summary>
    public async Task<RunCurve> Of(RunDetail run, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new RunCurve(run.Id, [.. Vectors.BySteps(run.Config, await facts.Run(run.Id, cancellation)).Select(snapshot => CurvePoint.Of(snapshot.Key, snapshot.Value))
            .Select(point => new RunCurvePoint(point.Step, point.Loss.Value, point.Icl.Value, point.PrefixMatching.Value, point.PreviousToken.Value, point.KExcess.Value))]);
    }
}
