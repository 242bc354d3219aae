using System.Collections.Concurrent;
using System.Text;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Worker.Packs;

namespace Orchestrator.Silo.Tests;

/// <summary>A runner without tensors: reports every snapshot with metrics that are a function of configuration, seed and step, so that results can be foretold.</summary>
internal sealed class ScriptedRunner : IPackRunner
{
    /// <summary>Every (run, attempt) that was begun, with the step it began at.</summary>
    public ConcurrentQueue<(RunAttempt Run, int From)> Begun { get; } = [];

    /// <summary>Every stored snapshot that was measured.</summary>
    public ConcurrentQueue<(RunAttempt Run, int Step)> Measured { get; } = [];

    /// <summary>Called before each snapshot; may wait, throw, or end the member.</summary>
    public Action<PackMember, int> Before { get; set; } = (_, _) => { };

    /// <summary>Members to hold before a snapshot until the worker drains.</summary>
    public Func<PackMember, int, bool> HoldUntilDrained { get; set; } = (_, _) => false;

    /// <summary>Device time of one model, seconds, by the models of its pack.</summary>
    public Func<int, double> Seconds { get; set; } = _ => 0.5;

    /// <summary>How many models each pack held.</summary>
    public ConcurrentQueue<int> Packs { get; } = [];

    public string CpuKernels => "scripted-0123abcd";

    /// <summary>How often each run was begun.</summary>
    public IReadOnlyDictionary<string, int> Times => Begun.GroupBy(b => b.Run.RunId).ToDictionary(g => g.Key, g => g.Count());

    public void Run(PackSession pack)
    {
        Packs.Enqueue(pack.Members.Count);
        foreach (var member in pack.Members)
        {
            Run(pack, member);
        }
    }

    /// <summary>What the largest prefix-matching score of a run is at a step: two layers cross 0.4 halfway, one layer never does.</summary>
    public static double PrefixMatching(int layers, int step, int steps) => layers < 2 ? 0.1 : 0.8 * step / steps;

    /// <summary>What the held-out loss of a run is at a step.</summary>
    public static double Loss(ulong seed, int step, int steps) => 3.0 - (double)step / steps + seed * 0.01;

    private void Run(PackSession pack, PackMember member)
    {
        var (run, plan) = (member.Assignment.Configuration, member.Assignment.Plan);
        Begun.Enqueue((member.Assignment.Run, member.Resume.Count > 0 ? member.Resume[0].Step : 0));
        var layout = MetricLayout.For(run.Model, plan.Measures);
        foreach (var step in plan.SnapshotSteps.Where(s => !member.Stored.Any(known => known.Step == s && known.Measured)))
        {
            Before(member, step);
            if (HoldUntilDrained(member, step) && !pack.Draining.WaitHandle.WaitOne(TimeSpan.FromSeconds(60)))
            {
                throw new TimeoutException($"run {member.Assignment.Run.RunId} was held at step {step}, and the worker did not drain within 60 s");
            }
            if (member.Stopped || member.Ended)
            {
                return;
            }
            if (pack.Draining.IsCancellationRequested)
            {
                member.End(RunOutcome.Released, step, "the worker drains", null, 0);
                return;
            }
            var vector = MetricVector.Undefined(layout);
            vector.Set("run", 0, "loss", Loss(run.Seed, step, run.Train.Steps));
            vector.Set("run", 0, "icl_score", -1.0 * step / run.Train.Steps);
            for (var head = 0; head < run.Model.HeadCount; head++)
            {
                vector.Set("heads", head, "prefix_matching", PrefixMatching(run.Model.HeadCount / run.Model.HeadsPerLayer, step, run.Train.Steps) / (1 + head));
                vector.Set("heads", head, "logit_attribution", 1);
            }
            member.Progress(step, 3.0);
            if (member.Stored.FirstOrDefault(s => s.Step == step) is { } stored)
            {
                try
                {
                    Assert.NotEmpty(member.Weights(stored));
                }
                catch (ArtifactException lost)
                {
                    member.End(RunOutcome.SnapshotLost, step, lost.Message, null, 0);
                    return;
                }
                Measured.Enqueue((member.Assignment.Run, step));
                member.Measured(stored, vector);
                continue;
            }
            var checkpoint = Encoding.UTF8.GetBytes($"checkpoint of {member.Assignment.Run.RunId} at {step}");
            member.Snapshot(step, Encoding.UTF8.GetBytes($"weights of {member.Assignment.Run.RunId} at {step}"), vector, checkpoint);
        }
        member.End(RunOutcome.Completed, run.Train.Steps, null, null, Seconds(pack.Members.Count), new TrainedPack(pack.Device, pack.Members.Count));
    }
}
