using CsCheck;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Storage.Backends;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Tests.Backends;
using Orchestrator.Storage.Tests.States;

namespace Orchestrator.Storage.Tests.Catalogue;

/// <summary>Whatever rows are written, in whatever order, the lists are those of a dictionary of the same keys.</summary>
public abstract class CatalogueProperties<TBackend> : BackendTest<TBackend> where TBackend : ITestBackend, new()
{
    private static readonly Gen<string?> AnyText = Gen.Select(Gen.Bool, Gen.String, (some, text) => some ? text : null);
    private static readonly Gen<double> Finite = Gen.Double.Where(double.IsFinite);
    private static readonly Gen<int?> AnyCount = Gen.Int.Nullable();
    private static readonly Gen<DateTimeOffset?> AnyTime = Gen.DateTimeOffset.Nullable();

    private static readonly Gen<RunTerms?> AnyTerms =
        from some in Gen.Bool
        from uniform in Gen.Double[0, 20]
        from orders in Gen.Double[-1, 20].Nullable().Array[1, 5]
        from layers in Gen.Double[-1, 20].Nullable().Array[0, 4]
        from errors in Gen.Double[0, 1].Nullable().Array[0, 5]
        select some ? new RunTerms(uniform, orders, layers) { LossErrors = errors, DirectPlusLayerErrors = [.. errors.Reverse()] } : null;

    private static readonly Gen<RunFinals> AnyFinals =
        from metrics in Gen.Dictionary(Gen.String[Gen.Char.AlphaNumeric, 1, 9], Finite)[0, 5]
        from steps in Gen.Select(AnyCount, Finite.Nullable(), AnyCount, Finite.Nullable())
        from heads in AnyCount
        from terms in AnyTerms
        select new RunFinals
        {
            Metrics = metrics,
            InductionHeads = heads,
            TransitionAfter = steps.Item1,
            TransitionStep = steps.Item2,
            TransitionBy = steps.Item3,
            IclTransitionStep = steps.Item4,
            Terms = terms,
        };

    private static readonly Gen<RunRow> AnyRun =
        from index in Gen.Int[0, 5]
        from state in Gen.Enum<RunState>()
        from attempt in Gen.Int
        from text in Gen.Select(AnyText, AnyText, AnyText)
        from times in Gen.Select(AnyTime, AnyTime)
        from seconds in Gen.Double.Where(d => !double.IsNaN(d))
        from finals in Gen.Bool
        from values in AnyFinals
        select new RunRow
        {
            SweepId = "s",
            Index = index,
            RunId = $"run-{index}",
            State = state,
            Attempt = attempt,
            Reason = text.Item1,
            Worker = text.Item2,
            WeightsHash = text.Item3,
            Started = times.Item1,
            Ended = times.Item2,
            DeviceSeconds = seconds,
            CpuKernels = text.Item2,
            Pack = finals && text.Item1 is { } device ? new TrainedPack(device, attempt, attempt < 0 ? null : attempt) : null,
            Finals = finals ? values : null,
        };

    [Fact]
    public async Task Rows_written_in_any_order_are_listed_as_a_dictionary_would_hold_them()
    {
        var history = 0;
        await AnyRun.Array[1, 12].SampleAsync(async rows =>
        {
            var sweep = $"sweep-{history++}";
            var model = new SortedDictionary<int, RunRow>();
            foreach (var (row, i) in rows.Select((r, i) => (r with { SweepId = sweep }, i)))
            {
                await Write($"{sweep}/{i}", new Listing { Rows = set => set.Runs.Add(row) });
                model[row.Index] = row;
            }
            Assert.Equal(model.Values.Select(AsStored), await Catalogue.Runs(sweep, Cancellation));
            Assert.Equal(
                model.Values.CountBy(row => (row.State, row.Finals is not null)).Select(count => (count.Key, count.Value)).Order(),
                (await Catalogue.Counts(sweep, Cancellation)).Select(count => ((count.State, count.WithResult), count.Runs)).Order());
        }, iter: 60, threads: 1);
    }

    private static RunRow AsStored(RunRow row) => row with
    {
        Reason = Stored.Text(row.Reason),
        Worker = Stored.Text(row.Worker),
        WeightsHash = Stored.Text(row.WeightsHash),
        CpuKernels = Stored.Text(row.CpuKernels),
        Pack = row.Pack is { } pack ? pack with { Device = Stored.Text(pack.Device)! } : null,
    };
}
