using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Contracts.Work;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Native;
using Orchestrator.Worker.Packs;
using Orchestrator.Worker.Tests.Packs;
using Orchestrator.Worker.Training;
using TorchSharp;

namespace Orchestrator.Worker.Tests.Training;

/// <summary>Packs that are too large for the device's memory, or are found to be in the middle of training.</summary>
public sealed class FittingPacksTests
{
    private readonly List<int> _tried = [];

    [Fact]
    public async Task A_pack_that_does_not_fit_is_trained_in_halves_and_the_next_one_of_its_shape_begins_small()
    {
        var fitting = new FittingPacks(NullLogger.Instance);
        using var worker = new ScriptedWorker(pack => fitting.Run(pack, part => End(part, most: 3)));

        await worker.TrainSeeds(8);
        await worker.TrainSeeds(5);

        Assert.Equal([8, 4, 2, 2, 2, 2, 2, 2, 1], _tried);
        Assert.Equal(13, worker.Finished.Count(end => end.Outcome == RunOutcome.Completed));
        Assert.All(worker.Finished, end => Assert.Equal(4, end.Pack!.TooMany));
    }

    [Fact]
    public async Task A_run_that_does_not_fit_alone_faults_with_what_to_change()
    {
        var fitting = new FittingPacks(NullLogger.Instance);
        using var worker = new ScriptedWorker(pack => fitting.Run(pack, part => End(part, most: 0)));

        await worker.TrainSeeds(2);

        Assert.Equal([2, 1], _tried);
        Assert.All(worker.Finished, end => Assert.Equal((RunOutcome.Faulted, true), (end.Outcome, end.Reason!.Contains("a smaller batch", StringComparison.Ordinal))));
        Assert.Equal(2, worker.Finished.Count());
    }

    [Fact]
    public async Task Told_to_stop_the_worker_gives_back_the_parts_that_wait_too()
    {
        ScriptedWorker? worker = null;
        var fitting = new FittingPacks(NullLogger.Instance);
        worker = new ScriptedWorker(pack => fitting.Run(pack, part =>
        {
            _ = part.Members.Count == 1 ? worker!.Drain() : Task.CompletedTask;
            End(part, most: 1);
        }));

        await worker.TrainSeeds(4);

        Assert.Equal([4, 2, 1], _tried);
        Assert.Equal([RunOutcome.Completed, RunOutcome.Released, RunOutcome.Released, RunOutcome.Released], worker.Finished.Select(end => end.Outcome).Order());
        worker.Dispose();
    }

    [Fact]
    public async Task Halves_go_on_from_what_was_stored_and_end_with_the_weights_of_a_pack_that_fits()
    {
        using var whole = Training(failAt: null);
        await whole.TrainSeeds(4);

        using var halves = Training(failAt: 9);
        await halves.TrainSeeds(4);

        Assert.Equal([4, 2, 2], _tried.Skip(1));
        Assert.Equal(Weights(whole), Weights(halves));
        Assert.Equal(4, halves.Finished.Count(end => end.Outcome == RunOutcome.Completed));
        Assert.All(halves.Reports.SelectMany(r => r.Snapshots, (r, s) => (r.Run.RunId, s.Step)).CountBy(snapshot => snapshot), snapshot => Assert.Equal(1, snapshot.Value));

        ScriptedWorker Training(int? failAt)
        {
            ScriptedWorker? worker = null;
            var fitting = new FittingPacks(NullLogger.Instance);
            var clock = new Clock();
            worker = new ScriptedWorker(pack =>
            {
                TorchRuntime.Load();
                using var measurements = new Measurements(new TextsInMemory(pack.Files), torch.CPU, worker!.Time);
                fitting.Run(pack, part =>
                {
                    _tried.Add(part.Members.Count);
                    clock.Failure = null;
                    using var job = new TrainingJob(part, measurements, TimeSpan.Zero, clock, NullLogger.Instance);
                    job.Run();
                });
            })
            {
                Answer = report =>
                {
                    clock.Failure = report.Snapshots.Any(snapshot => snapshot.Step == failAt) && _tried[^1] == 4 ? TooMuch() : clock.Failure;
                    return new ReportReply(true, null);
                },
            };
            return worker;
        }
    }

    /// <summary>The job looks at it after every step, which is where it can be made to fail.</summary>
    private sealed class Clock : TimeProvider
    {
        public Exception? Failure { get; set; }

        public override long GetTimestamp() => Failure is { } failure ? throw failure : base.GetTimestamp();
    }

    private static TensorMemoryException TooMuch() => new("not enough memory. Train fewer models at once, a smaller batch or a smaller model.", new InvalidOperationException("out of memory"));

    private void End(PackSession part, int most)
    {
        _tried.Add(part.Members.Count);
        if (part.Members.Count > most)
        {
            throw TooMuch();
        }
        foreach (var member in part.Members)
        {
            member.End(RunOutcome.Completed, 19, null, null, 0, new TrainedPack(part.Device, part.Members.Count, part.TooMany));
        }
    }

    private static Dictionary<(string, int), string> Weights(ScriptedWorker worker) =>
        worker.Reports.SelectMany(r => r.Snapshots, (r, s) => (Key: (r.Run.RunId, s.Step), s.WeightsHash)).DistinctBy(s => s.Key).ToDictionary(s => s.Key, s => s.WeightsHash);
}
