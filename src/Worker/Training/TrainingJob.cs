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
    private readonly PackSession _pack;
    private readonly TimeProvider _time;
    private readonly TimeSpan _checkpointEvery;
    private readonly PackTrainer _trainer;
    private readonly Measurements _measurements;
    private readonly Activity?[] _traces;
    private readonly KeyValuePair<string, object?> _shape;
    private readonly long _begun;
    private readonly long[] _checkpointed;

    public TrainingJob(PackSession pack, Measurements measurements, TimeSpan checkpointEvery, TimeProvider time, ILogger log)
    {
        (_pack, _measurements, _time, _checkpointEvery) = (pack, measurements, time, checkpointEvery);
        _begun = time.GetTimestamp();
        _checkpointed = [.. pack.Members.Select(_ => _begun)];
        RunConfiguration[] runs = [.. pack.Members.Select(m => m.Assignment.Configuration)];
        _shape = new("shape", WorkerTelemetry.Shape(runs[0].Model));
        _trainer = Start(runs, measurements.Texts, new torch.Device(pack.Device), log);
        _traces = [.. pack.Members.Select(m => Trace(m.Assignment))];
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
            _trainer.Step();
            WorkerTelemetry.StepSeconds.Record(_time.GetElapsedTime(started).TotalSeconds, _shape);
            WorkerTelemetry.Steps.Add(_pack.Members.Count);
            Settle();
        }
    }

    public void Dispose()
    {
        foreach (var trace in _traces)
        {
            trace?.Dispose();
        }
        _trainer.Dispose();
    }

    /// <summary>After every step: tells progress, takes the snapshots and checkpoints that are due, and ends who is done.</summary>
    private void Settle()
    {
        var snapshots = Measure();
        for (var i = 0; i < _pack.Members.Count; i++)
        {
            var member = _pack.Members[i];
            if (member.Stopped || member.Ended)
            {
                continue;
            }
            var step = _trainer.Steps[i];
            member.Progress(step, _trainer.Losses[i]);
            if (_trainer.Divergences[i] is { } divergence)
            {
                End(i, RunOutcome.Failed, $"the loss became {divergence.Loss} after step {divergence.Step}: lower train.lr or lengthen train.warmup");
                continue;
            }
            var last = step >= member.Assignment.Configuration.Train.Steps;
            var checkpointDue = !last && _time.GetElapsedTime(_checkpointed[i]) >= _checkpointEvery;
            if (snapshots.TryGetValue(i, out var metrics))
            {
                member.Snapshot(step, _trainer.Export(i), metrics, checkpointDue ? Checkpoint(i) : null);
            }
            else if (checkpointDue && !member.IsBehind)
            {
                member.Checkpoint(step, Checkpoint(i));
            }
            if (last)
            {
                End(i, RunOutcome.Completed, null);
            }
        }
    }

    /// <summary>The metrics of every member whose snapshot is due, measured together where one program holds them.</summary>
    private Dictionary<int, MetricVector> Measure()
    {
        var measured = new Dictionary<int, MetricVector>();
        var due = Enumerable.Range(0, _pack.Members.Count).Where(IsDue);
        foreach (var alike in due.GroupBy(i => (Measurements.Kind(Run(i)), Measurements.IsFinal(Run(i), _trainer.Steps[i]))))
        {
            using var scope = torch.NewDisposeScope();
            using var plain = torch.no_grad();
            foreach (var (members, pack) in _trainer.WeightsOf([.. alike]))
            {
                var first = members[0];
                var vectors = _measurements.Take(Run(first), _trainer.Steps[first], _traces[first]?.Id ?? Run(first).TraceParent, () => pack);
                foreach (var (vector, member) in vectors.Zip(members))
                {
                    measured.Add(member, vector);
                }
            }
        }
        return measured;

        RunAssignment Run(int i) => _pack.Members[i].Assignment;

        bool IsDue(int i) => _pack.Members[i] is { Stopped: false, Ended: false } member && _trainer.Divergences[i] is null
            && member.Assignment.Plan.SnapshotSteps.Contains(_trainer.Steps[i]) && !member.IsStored(_trainer.Steps[i]);
    }

    private byte[] Checkpoint(int i)
    {
        _checkpointed[i] = _time.GetTimestamp();
        return _trainer.Checkpoint(i, _pack.Members[i].Assignment.Run.RunId);
    }

    private void GiveBack()
    {
        for (var i = 0; i < _pack.Members.Count; i++)
        {
            if (_pack.Members[i] is { Stopped: false, Ended: false })
            {
                End(i, RunOutcome.Released, "the worker was told to stop", Checkpoint(i));
            }
        }
    }

    private void End(int i, RunOutcome outcome, string? reason, byte[]? checkpoint = null)
    {
        _traces[i]?.SetTag("outcome", outcome.ToString());
        _traces[i]?.Stop();
        _pack.Members[i].End(outcome, _trainer.Steps[i], reason, checkpoint, _time.GetElapsedTime(_begun).TotalSeconds / _pack.Members.Count);
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
                        trainer.Packs.Count == 1 ? "as one program" : "a program each");
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
}
