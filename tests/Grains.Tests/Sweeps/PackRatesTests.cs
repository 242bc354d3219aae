using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Work;
using Orchestrator.Grains.Sweeps;
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
        var wide = Micro with { Model = (ModelConfiguration)Micro.Model with { DModel = 64 } };
        _rates.Add(Micro, Row(64, 1) with { State = RunState.Failed });
        _rates.Add(Micro, Row(64, 1) with { Attempt = 2 });
        _rates.Add(Micro, Row(64, 1) with { PackModels = null });
        Assert.Equal(PackSizes.For(Micro, DeviceClass.Cuda), _rates.Size(Micro, Plenty, 1, DeviceClass.Cuda));

        Time(64, 1);
        Assert.Equal(128, _rates.Size(Micro, Plenty, 1, DeviceClass.Cuda));
        Assert.Equal(PackSizes.For(wide, DeviceClass.Cuda), _rates.Size(wide, Plenty, 1, DeviceClass.Cuda));
        Assert.Equal(PackSizes.For(Micro, DeviceClass.Cpu), _rates.Size(Micro, Plenty, 1, DeviceClass.Cpu));
    }

    [Fact]
    public void A_model_that_fills_a_core_is_trained_alone_there()
    {
        var large = Micro with { Train = Micro.Train with { Batch = 512 } };
        _rates.Add(large, Row(1, 1) with { Device = "cpu" });

        Assert.Equal(1, _rates.Size(large, Plenty, 1, DeviceClass.Cpu));
    }

    private void Time(int models, double seconds, int? tooMany = null) => _rates.Add(Micro, Row(models, seconds) with { PackTooMany = tooMany });

    private static RunRow Row(int models, double seconds) => new()
    {
        SweepId = "s",
        Index = 0,
        RunId = "r",
        State = RunState.Completed,
        Attempt = 1,
        Device = "cuda:0",
        PackModels = models,
        DeviceSeconds = seconds,
    };

    private static RunConfiguration Micro { get; } = new()
    {
        Model = new ModelConfiguration { Layers = 1, Heads = 2, DModel = 8, DHead = 4, NCtx = 8 },
        Data = new DataConfiguration { Vocab = 8, Parts = [new RepeatedSegments { Shortest = 2, Longest = 4 }] },
        Train = new TrainConfiguration { Steps = 20, Batch = 2 },
        Seed = 0,
    };
}
