using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Kinds;
using Orchestrator.Kernels.Native;
using Orchestrator.Kernels.Training;
using Orchestrator.Kernels.Weights;
using Orchestrator.Worker.Packs;
using TorchSharp;

namespace Orchestrator.Worker.Training;

/// <summary>One pack from its first step, or its checkpoints, to its end. Lives and dies on a slot's thread.</summary>
internal sealed class TrainingJob : IDisposable
{
    private const int CheckpointShare = 20; // a large pack that is trained fast does not write checkpoints for more than one part in so many of its time
    private readonly PackSession _pack;
    private readonly TimeProvider _time;
    private readonly TimeSpan _checkpointEvery;
    private readonly PackTrainer _trainer;
    private readonly Measurements _measurements;
    private readonly Trainee[] _trainees;
    private readonly KeyValuePair<string, object?> _shape;
    private readonly long _begun;
    private TimeSpan _checkpointing; // time that checkpoints have taken

    public TrainingJob(PackSession pack, Measurements measurements, TimeSpan checkpointEvery, TimeProvider time, ILogger log)
    {
        (_pack, _measurements, _time, _checkpointEvery) = (pack, measurements, time, checkpointEvery);
        _begun = time.GetTimestamp();
        RunConfiguration[] runs = [.. pack.Members.Select(m => m.Assignment.Configuration)];
        _shape = new("shape", WorkerTelemetry.Shape(runs[0].Model));
        _trainer = Start(runs, measurements.Texts, new torch.Device(pack.Device), log);
        _trainees = [.. pack.Members.Select((member, number) => new Trainee(number, member, Trace(member.Assignment)) { Checkpointed = _begun })];
    }

    public void Run()
    {
        Settle();
        while (_pack.Live.Any())
        {
            if (_pack.Draining.IsCancellationRequested)
            {
                GiveBack();
                return;
            }
            var started = _time.GetTimestamp();
            var updates = _trainer.Step(most: UpdatesToNextStop());
            WorkerTelemetry.StepSeconds.Record(_time.GetElapsedTime(started).TotalSeconds / updates, _shape);
            WorkerTelemetry.Steps.Add(updates * _pack.Members.Count);
            Settle();
        }
    }

    public void Dispose()
    {
        foreach (var trainee in _trainees)
        {
            trainee.Trace?.Dispose();
        }
        _trainer.Dispose();
    }

    /// <summary>Updates until a live member has a snapshot to be taken, or is done.</summary>
    private int UpdatesToNextStop() => _trainees.Where(trainee => trainee.Member.IsLive).Select(trainee =>
    {
        var (step, assignment) = (StepOf(trainee), trainee.Member.Assignment);
        return assignment.Plan.SnapshotSteps.Where(due => due > step).Append(assignment.Configuration.Train.Steps).Min() - step;
    }).DefaultIfEmpty(1).Min();

    private void Settle()
    {
        var metrics = Measure();
        Trainee[] measured = [.. metrics.Keys];
        var files = measured.Zip(_trainer.Export([.. measured.Select(t => t.Number)])).ToDictionary();
        foreach (var trainee in _trainees.Where(t => t.Member.IsLive).OrderBy(t => t.Checkpointed)) // whose checkpoint is oldest comes first
        {
            Settle(trainee, trainee.Member, metrics.GetValueOrDefault(trainee), files.GetValueOrDefault(trainee));
        }
    }

    /// <summary>After every step: tells progress, the snapshot that was measured and the checkpoint that is due, and ends who is done.</summary>
    private void Settle(Trainee trainee, PackMember member, MetricVector? metrics, byte[]? weights)
    {
        var step = StepOf(trainee);
        member.Progress(step, _trainer.Losses[trainee.Number]);
        if (_trainer.Divergences[trainee.Number] is { } divergence)
        {
            End(trainee, RunOutcome.Failed, $"the loss became {divergence.Loss} after step {divergence.Step}: lower train.lr or lengthen train.warmup");
            return;
        }
        var last = step >= member.Assignment.Configuration.Train.Steps;
        var checkpointDue = !last && _time.GetElapsedTime(trainee.Checkpointed) >= _checkpointEvery
            && (_checkpointEvery == TimeSpan.Zero || _checkpointing * CheckpointShare <= _time.GetElapsedTime(_begun));
        if (metrics is not null && weights is not null)
        {
            member.Snapshot(step, weights, metrics, checkpointDue ? Checkpoint(trainee) : null);
        }
        else if (checkpointDue && !member.IsBehind)
        {
            member.Checkpoint(step, Checkpoint(trainee));
        }
        if (last)
        {
            End(trainee, RunOutcome.Completed, null);
        }
    }

    /// <summary>The metrics of everybody whose snapshot is due, measured together where one program holds them.</summary>
    private Dictionary<Trainee, MetricVector> Measure()
    {
        var measured = new Dictionary<Trainee, MetricVector>();
        foreach (var alike in _trainees.Where(IsDue).GroupBy(t => (Measurements.Kind(t.Member.Assignment), Measurements.IsFinal(t.Member.Assignment, StepOf(t)))))
        {
            using var scope = torch.NewDisposeScope();
            using var plain = torch.no_grad();
            foreach (var (numbers, pack) in _trainer.WeightsOf([.. alike.Select(t => t.Number)]))
            {
                var first = _trainees[numbers[0]];
                var vectors = _measurements.Take(first.Member.Assignment, StepOf(first), first.Trace?.Id ?? first.Member.Assignment.TraceParent, () => pack);
                foreach (var (vector, number) in vectors.Zip(numbers))
                {
                    measured.Add(_trainees[number], vector);
                }
            }
        }
        return measured;

        bool IsDue(Trainee trainee) => trainee.Member.IsLive && _trainer.Divergences[trainee.Number] is null
            && trainee.Member.Assignment.Plan.SnapshotSteps.Contains(StepOf(trainee)) && !trainee.Member.IsStored(StepOf(trainee));
    }

    private int StepOf(Trainee trainee) => _trainer.Steps[trainee.Number];

    private byte[] Checkpoint(Trainee trainee)
    {
        trainee.Checkpointed = _time.GetTimestamp();
        var content = _trainer.Checkpoint(trainee.Number, trainee.Member.Assignment.Run.RunId);
        _checkpointing += _time.GetElapsedTime(trainee.Checkpointed);
        return content;
    }

    private void GiveBack()
    {
        foreach (var trainee in _trainees.Where(t => t.Member.IsLive))
        {
            End(trainee, RunOutcome.Released, "the worker was told to stop", Checkpoint(trainee));
        }
    }

    private void End(Trainee trainee, RunOutcome outcome, string? reason, byte[]? checkpoint = null)
    {
        trainee.Trace?.SetTag("outcome", outcome.ToString());
        trainee.Trace?.Stop();
        trainee.Member.End(outcome, StepOf(trainee), reason, checkpoint, _time.GetElapsedTime(_begun).TotalSeconds / _trainees.Length, new TrainedPack(_pack.Device, _trainees.Length, _pack.TooMany));
    }

    /// <summary>Continues from the newest checkpoints; if one cannot be read, from the ones before, and in the end from the start.</summary>
    private PackTrainer Start(RunConfiguration[] runs, ITextContents texts, torch.Device device, ILogger log)
    {
        for (var back = 0; ; back++)
        {
            byte[]?[] checkpoints = [.. _pack.Members.Select(m => m.Resume.ElementAtOrDefault(back)?.Content)];
            try
            {
                var trainer = ModelKind.Trainer(runs, texts, device, checkpoints);
                for (var i = 0; i < runs.Length; i++)
                {
                    WorkLog.Trains(
                        log, _pack.Members[i].Assignment.Run.RunId, _pack.Members[i].Assignment.Run.Attempt, device.ToString(), CpuKernels.Name, torch.get_num_threads(), runs.Length,
                        trainer.Description);
                    if (checkpoints[i] is not null)
                    {
                        WorkLog.Continues(log, _pack.Members[i].Assignment.Run.RunId, _pack.Members[i].Assignment.Run.Attempt, trainer.Steps[i]);
                    }
                }
                return trainer;
            }
            catch (ModelFileException broken) when (checkpoints.Any(c => c is not null))
            {
                foreach (var member in _pack.Members.Where(m => m.Resume.Count > back))
                {
                    WorkLog.BrokenCheckpoint(log, member.Assignment.Run.RunId, member.Assignment.Run.Attempt, member.Resume[back].Step, broken.Message);
                }
            }
        }
    }

    private static Activity? Trace(RunAssignment assignment)
    {
        var trace = WorkerTelemetry.InRun("run.train", assignment.TraceParent);
        trace?.SetTag("run", assignment.Run.RunId).SetTag("attempt", assignment.Run.Attempt);
        Activity.Current = null; // the members' traces lie beside each other, not in each other
        return trace;
    }

    /// <summary>A member in training: its number in the tensors, and what is known of it here alone.</summary>
    private sealed class Trainee(int number, PackMember member, Activity? trace)
    {
        public int Number => number;

        public PackMember Member => member;

        public Activity? Trace => trace;

        /// <summary>When its last checkpoint was taken, or training began.</summary>
        public long Checkpointed { get; set; }
    }
}
