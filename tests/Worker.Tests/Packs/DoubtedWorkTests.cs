using System.Text;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Work;
using Orchestrator.Worker.Packs;

namespace Orchestrator.Worker.Tests.Packs;

/// <summary>Work that is not what its run says, and results that the control plane does not see.</summary>
public sealed class DoubtedWorkTests
{
    [Fact]
    public async Task A_run_whose_pack_holds_another_configuration_is_not_trained_and_is_told_as_what_it_is()
    {
        using var worker = new ScriptedWorker(_ => Assert.Fail("it was trained"));

        await worker.Train(seed: 1);

        var report = Assert.Single(worker.Reports);
        Assert.Equal((RunOutcome.Faulted, true), (report.End!.Outcome, report.End.Reason!.Contains("another configuration", StringComparison.Ordinal)));
        Assert.Empty(report.Snapshots);
        Assert.NotEqual(report.Run.RunId, report.Trained);
        Assert.Contains(worker.Lines, l => l.Level == LogLevel.Error && l.Text.Contains(report.Trained, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_trained_is_reported_with_the_identity_of_its_content()
    {
        using var worker = new ScriptedWorker(Train);

        await worker.Train();

        Assert.All(worker.Reports, report => Assert.Equal(ScriptedWorker.Run.RunId, report.Trained));
        Assert.Equal(RunOutcome.Completed, Assert.Single(worker.Finished).Outcome);
    }

    [Fact]
    public async Task A_snapshot_that_the_control_plane_does_not_see_is_told_again_and_then_accepted()
    {
        using var worker = new ScriptedWorker(Train);
        worker.Answer = report => worker.Reports.Count < 3 ? Unseen(report) : new ReportReply(true, null);
        var trained = worker.Train();
        await worker.Until(() => trained.IsCompleted);
        await trained;

        Assert.Equal(3, worker.Reports.Count(r => r.Snapshots.Count == 1));
        Assert.Equal(RunOutcome.Completed, Assert.Single(worker.Reports.Last().End is { } end ? [end] : Array.Empty<AttemptEnd>()).Outcome);
    }

    [Fact]
    public async Task A_snapshot_that_stays_unseen_ends_the_attempt_as_faulted_and_leaves_nothing_to_accept()
    {
        using var worker = new ScriptedWorker(Train);
        worker.Answer = report => report.Snapshots.Count > 0 ? Unseen(report) : new ReportReply(true, null);
        var trained = worker.Train();
        await worker.Until(() => trained.IsCompleted);
        await trained;

        var last = worker.Reports.Last();
        Assert.Empty(last.Snapshots);
        Assert.Equal(RunOutcome.Faulted, last.End!.Outcome);
        Assert.Contains("does not see", last.End.Reason, StringComparison.Ordinal);
    }

    private static ReportReply Unseen(RunReport report) => new(false, "the artifact store here does not have it", Unseen: [.. report.Snapshots.Select(s => s.WeightsHash)]);

    private static void Train(PackSession pack)
    {
        var member = pack.Members[0];
        member.Snapshot(0, Encoding.UTF8.GetBytes("weights"), MetricVector.Undefined(MetricLayout.For(member.Assignment.Configuration.Model, [Measure.Heads])), null);
        member.End(RunOutcome.Completed, 19, null, null, 1);
    }
}
