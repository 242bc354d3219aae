using System.Buffers.Binary;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Work;
using Orchestrator.Worker.Packs;

namespace Orchestrator.ControlPlane.Bench;

/// <summary>Trains nothing and reports what a real pack does: at each snapshot of the plan, one of every member, with weights of its own and metrics of the real layout.</summary>
internal sealed class SnapshotRunner(TimeProvider time) : IPackRunner, IDisposable
{
    private const int WeightsBytes = 165_000; // two layers, d_model 64, vocabulary 32
    private const int CheckpointBytes = 3 * WeightsBytes; // with both moments
    private readonly Random _random = new(1);
    private readonly byte[] _bytes = new byte[CheckpointBytes];
    private readonly ManualResetEventSlim _never = new();
    private long _files;

    /// <summary>How long the slot's thread trains between two snapshots.</summary>
    public TimeSpan Trains { get; set; }

    /// <summary>Least time between two checkpoints of a run; null for none.</summary>
    public TimeSpan? CheckpointEvery { get; set; }

    /// <summary>When the first pack began and when the last was told of in full, as time stamps.</summary>
    public (long Began, long Told) Packs { get; private set; }

    /// <summary>Checkpoints that were told.</summary>
    public int Checkpoints { get; private set; }

    public void Run(PackSession pack)
    {
        var began = time.GetTimestamp();
        _random.NextBytes(_bytes);
        var checkpointed = pack.Members.ToDictionary(member => member, _ => began);
        foreach (var step in pack.Members[0].Assignment.Plan.SnapshotSteps)
        {
            if (Trains > TimeSpan.Zero)
            {
                _never.Wait(Trains);
            }
            foreach (var member in pack.Members)
            {
                var (run, plan) = (member.Assignment.Configuration, member.Assignment.Plan);
                var last = step == run.Train.Steps;
                var due = !last && time.GetElapsedTime(checkpointed[member]) >= CheckpointEvery;
                member.Progress(step, 3.0);
                member.Snapshot(step, File(WeightsBytes), Metrics(MetricLayout.For(run.Model, plan.Measures)), due ? File(CheckpointBytes) : null);
                if (due)
                {
                    (checkpointed[member], Checkpoints) = (time.GetTimestamp(), Checkpoints + 1);
                }
                if (last)
                {
                    member.End(RunOutcome.Completed, step, null, null, 0);
                }
            }
        }
        Packs = (began, time.GetTimestamp());
    }

    public void Dispose() => _never.Dispose();

    private byte[] File(int bytes)
    {
        var file = _bytes[..bytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, ++_files);
        return file;
    }

    private MetricVector Metrics(MetricLayout layout) => new(layout, [.. Enumerable.Range(0, layout.Length).Select(_ => _random.NextSingle())]);
}
