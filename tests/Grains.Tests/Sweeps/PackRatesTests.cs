using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Sweeps;
using Orchestrator.Specification;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Grains.Tests.Sweeps;

public sealed class PackRatesTests
{
    private const int Plenty = 1_000_000;
    private readonly PackRates _rates = new();

    [Fact]
    public void A_shape_that_nobody_has_timed_begins_by_the_rule_and_no_slot_stands_idle()
    {
        Assert.Equal(PackSizes.For(Micro, DeviceClass.Cpu), _rates.Size(Micro, Plenty, 1, DeviceClass.Cpu));
        Assert.Equal(10, _rates.Size(Micro, 20, 2, DeviceClass.Cpu));
        Assert.Equal(1, _rates.Size(Micro, 0, 0, DeviceClass.Cpu));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(512)]
    [InlineData(4_096)]
    public void Packs_come_to_the_size_that_was_fastest(int fastest)
    {
        var sizes = new List<int>();
        for (var pack = 0; pack < 20; pack++)
        {
            sizes.Add(_rates.Size(Micro, Plenty, 4, DeviceClass.Cuda));
            Time(sizes[^1], 1 + Math.Abs(Math.Log2(sizes[^1]) - Math.Log2(fastest)));
        }

        Assert.Equal(PackSizes.For(Micro, DeviceClass.Cuda), sizes[0]);
        Assert.All(sizes.TakeLast(10), size => Assert.Equal(fastest, size));
    }

    [Fact]
    public void No_size_is_tried_that_did_not_fit_or_that_few_packs_are_left_for()
    {
        Time(256, 1);

        Assert.Equal(512, _rates.Size(Micro, 2_048, 1, DeviceClass.Cuda));
        Assert.Equal(128, _rates.Size(Micro, 2_047, 1, DeviceClass.Cuda));
        Assert.Equal(256, _rates.Size(Micro, 400, 1, DeviceClass.Cuda));

        Time(300, 1, tooMany: 512);
        Assert.Equal(128, _rates.Size(Micro, Plenty, 1, DeviceClass.Cuda));

        Time(128, 2, tooMany: 256);
        Assert.Equal(64, _rates.Size(Micro, Plenty, 1, DeviceClass.Cuda)); // 256 was faster, where it fitted
        Time(64, 3);
        Assert.Equal(128, _rates.Size(Micro, Plenty, 1, DeviceClass.Cuda));
    }

    [Fact]
    public void Devices_and_shapes_are_timed_apart_and_only_by_runs_that_were_trained_in_one_pack_from_their_start_to_their_end()
    {
        var wide = Of(width: 64, batch: 2).RunAt(0);
        _rates.Add(Sweep, Row(64, 1) with { State = RunState.Failed });
        _rates.Add(Sweep, Row(64, 1) with { Attempt = 2 });
        _rates.Add(Sweep, Row(64, 1) with { Pack = null });
        Assert.Equal(PackSizes.For(Micro, DeviceClass.Cuda), _rates.Size(Micro, Plenty, 1, DeviceClass.Cuda));

        Time(64, 1);
        Assert.Equal(128, _rates.Size(Micro, Plenty, 1, DeviceClass.Cuda));
        Assert.Equal(PackSizes.For(wide, DeviceClass.Cuda), _rates.Size(wide, Plenty, 1, DeviceClass.Cuda));
        Assert.Equal(PackSizes.For(Micro, DeviceClass.Cpu), _rates.Size(Micro, Plenty, 1, DeviceClass.Cpu));
    }

    [Fact]
    public void A_model_that_fills_a_core_is_trained_alone_there()
    {
        var large = Of(width: 8, batch: 512);
        _rates.Add(large, Row(1, 1) with { Pack = new TrainedPack("cpu", 1) });

        Assert.Equal(1, _rates.Size(large.RunAt(0), Plenty, 1, DeviceClass.Cpu));
    }

    private void Time(int models, double seconds, int? tooMany = null) => _rates.Add(Sweep, Row(models, seconds, tooMany));

    private static RunRow Row(int models, double seconds, int? tooMany = null) => new()
    {
        SweepId = "s",
        Index = 0,
        RunId = "r",
        State = RunState.Completed,
        Attempt = 1,
        Pack = new TrainedPack("cuda:0", models, tooMany),
        DeviceSeconds = seconds,
    };

    private static Sweep Sweep { get; } = Of(width: 8, batch: 2);

    private static RunConfiguration Micro { get; } = Sweep.RunAt(0);

    private static Sweep Of(int width, int batch) => SweepFile.Parse(
        $$"""
        name: one
        model: { layers: 1, heads: 2, d_model: {{width}}, n_ctx: 8 }
        data: { kind: repeated-segments, vocab: 8, segment: [2, 4] }
        train: { steps: 20, batch: {{batch}} }
        """,
        "sweep.yaml").Value!.Sweep;
}
