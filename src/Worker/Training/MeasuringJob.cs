using Orchestrator.Contracts.Work;
using Orchestrator.Kernels.Kinds;
using Orchestrator.Kernels.Weights;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Worker.Packs;
using TorchSharp;

namespace Orchestrator.Worker.Training;

/// <summary>
/// Measures what is stored of a pack's runs and lacks metrics, and ends those that need nothing else. Runs that are left are
/// to be trained.
/// </summary>
internal sealed class MeasuringJob(PackSession pack, Measurements measurements, TimeProvider time)
{
    public void Run()
    {
        foreach (var member in pack.Members)
        {
            using var trace = WorkerTelemetry.InRun("run.measure", member.Assignment.TraceParent);
            trace?.SetTag("run", member.Assignment.Run.RunId).SetTag("attempt", member.Assignment.Run.Attempt);
            Run(member, trace?.Id ?? member.Assignment.TraceParent);
        }
    }

    private void Run(PackMember member, string? trace)
    {
        var begun = time.GetTimestamp();
        foreach (var snapshot in member.Stored.Where(s => !s.Measured))
        {
            if (member.Stopped || member.Ended)
            {
                return;
            }
            if (pack.Draining.IsCancellationRequested)
            {
                pack.GiveBack();
                return;
            }
            try
            {
                member.Measured(snapshot, measurements.Take(member.Assignment, snapshot.Step, trace, () => Read(member, snapshot))[0]);
            }
            catch (Exception lost) when (lost is ArtifactException or UnauthorizedAccessException or ModelFileException)
            {
                member.End(RunOutcome.SnapshotLost, snapshot.Step, lost.Message, null, Seconds());
                return;
            }
            member.Progress(snapshot.Step, double.NaN);
        }
        if (!member.Trains && !member.Stopped)
        {
            member.End(RunOutcome.Completed, member.Assignment.Configuration.Train.Steps, null, null, Seconds());
        }

        double Seconds() => time.GetElapsedTime(begun).TotalSeconds;
    }

    private static IReadOnlyDictionary<string, torch.Tensor> Read(PackMember member, StoredSnapshot snapshot)
    {
        using var reader = new SafetensorsReader(new MemoryStream(member.Weights(snapshot), writable: false), $"snapshot {snapshot.Hash}");
        return ModelKind.Of(member.Assignment.Configuration).Read(reader);
    }
}
