using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Kinds;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Native;
using Orchestrator.Kernels.Training;
using Orchestrator.Kernels.Weights;
using TorchSharp;

namespace Orchestrator.Kernels.Tests.Training;

public sealed class PackTrainerTests
{
    // The number of threads belongs to the thread that computes, and bits depend on it.
    public PackTrainerTests() => torch.set_num_threads(1);

    public static TheoryData<RunConfiguration> Shapes => [
        Runs.Tiny(1), Runs.Tiny(1, positions: PositionKind.Rotary, layerNorm: true, smeared: true), Runs.Tiny(1, positions: PositionKind.Learned, layers: 1),
        Runs.Tiny(1, positions: PositionKind.None, layers: 0), Runs.Tiny(1, layers: 3, dModel: 32, dHead: 16), Runs.Quickstart(2, 1, steps: 6),
        Runs.Batched(1), Runs.Batched(1, PositionKind.Rotary, layerNorm: true, smeared: true), Runs.Batched(1, PositionKind.Learned),
        Runs.Batched(1, PositionKind.Rotary, layerNorm: true),
        Runs.Toy(1), Runs.Toy(1, relu: false), Runs.Toy(1, features: 32, hidden: 4, batch: 8)];

    private static PackTrainer Trained(params IReadOnlyList<RunConfiguration> runs)
    {
        var trainer = ModelKind.Trainer(runs);
        while (!trainer.Done)
        {
            trainer.Step();
        }
        return trainer;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Training_twice_gives_the_same_bits(RunConfiguration run)
    {
        using var once = Trained(run);
        using var twice = Trained(run);
        Assert.Equal(once.Checkpoint(0), twice.Checkpoint(0));
        using var other = Trained(run with { Seed = 2 });
        Assert.NotEqual(once.Checkpoint(0), other.Checkpoint(0));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_member_of_a_pack_is_bit_identical_to_its_solo_run(RunConfiguration run)
    {
        RunConfiguration[] runs = [.. Enumerable.Range(1, 5).Select(seed => run with { Seed = (ulong)seed, Train = run.Train with { Lr = run.Train.Lr * seed / 2, WeightDecay = 0.01 * seed } })];
        using var pack = Trained(runs);
        for (var member = 0; member < runs.Length; member++)
        {
            using var solo = Trained(runs[member]);
            Assert.Equal(solo.Losses[0], pack.Losses[member]);
            Assert.Equal(solo.Checkpoint(0), pack.Checkpoint(member));
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Members_run_as_one_batch_if_that_pays_and_was_measured_to_keep_their_bits(RunConfiguration run)
    {
        RunConfiguration[] runs = [run, run with { Seed = 2 }, run with { Seed = 3 }];
        var kind = ModelKind.Of(run);
        using var trainer = ModelKind.Trainer(runs);

        Assert.Equal(3, trainer.Packs.Sum(pack => pack.Values.First().shape[0]));
        Assert.Equal(kind.BatchPaysOnHost && BatchedBits.Kept(kind, runs, [.. runs.Select(r => kind.Samples(r.Data, null))]) ? 1 : 3, trainer.Packs.Count);
    }

    [Fact]
    public void A_batch_pays_in_small_models_alone()
    {
        Assert.True(ModelKind.Of(Runs.Batched(1)).BatchPaysOnHost);
        Assert.True(ModelKind.Of(Runs.Toy(1)).BatchPaysOnHost);
        Assert.False(ModelKind.Of(Runs.Quickstart(2, 1)).BatchPaysOnHost);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_run_that_continues_from_a_checkpoint_ends_with_the_bits_of_an_undisturbed_one(RunConfiguration run)
    {
        using var undisturbed = Trained(run, run with { Seed = 7 });
        using var first = ModelKind.Trainer([run, run with { Seed = 7 }]);
        first.Step();
        var early = first.Checkpoint(1);
        first.Step();
        first.Step();
        // The two continue in another pack, from different steps and in another order.
        using var second = ModelKind.Trainer([run with { Seed = 7 }, run], checkpoints: [early, first.Checkpoint(0)]);
        Assert.Equal([1, 3], second.Steps);
        while (!second.Done)
        {
            second.Step();
        }
        Assert.Equal(undisturbed.Checkpoint(0), second.Checkpoint(1));
        Assert.Equal(undisturbed.Checkpoint(1), second.Checkpoint(0));
    }

    [Fact]
    public void Checkpoints_of_two_runs_in_the_same_state_are_two_files_and_continue_alike()
    {
        var run = (RunConfiguration)Shapes.First();
        using var together = ModelKind.Trainer([run, run with { Train = run.Train with { Steps = run.Train.Steps + 1 } }]);
        together.Step();

        var (own, other) = (together.Checkpoint(0, "one"), together.Checkpoint(1, "two"));

        Assert.Equal(together.Checkpoint(0), together.Checkpoint(1));
        Assert.NotEqual(own, other);
        using var continued = ModelKind.Trainer([run, run], checkpoints: [own, other]);
        continued.Step();
        Assert.Equal(continued.Checkpoint(0), continued.Checkpoint(1));
    }

    [Fact]
    public void A_member_that_diverges_is_told_with_its_step_and_the_others_go_on_untouched()
    {
        var good = Runs.Tiny(1, steps: 12);
        var bad = good with { Seed = 2, Train = good.Train with { Lr = 1e30, Warmup = 0 } };
        using var pack = Trained(good, bad, good with { Seed = 3 });
        using var solo = Trained(good);
        using var third = Trained(good with { Seed = 3 });
        Assert.Equal(solo.Checkpoint(0), pack.Checkpoint(0));
        Assert.Equal(third.Checkpoint(0), pack.Checkpoint(2));
        Assert.Null(pack.Divergences[0]);
        var divergence = Assert.IsType<Divergence>(pack.Divergences[1]);
        Assert.InRange(divergence.Step, 1, 11);
        Assert.False(double.IsFinite(divergence.Loss));
        Assert.Equal(divergence.Step, pack.Steps[1]);
    }

    [Fact]
    public void Members_with_fewer_steps_stay_as_they_are_while_the_others_go_on()
    {
        var run = Runs.Tiny(1, steps: 4);
        using var pack = Trained(run, Runs.Tiny(2, steps: 9));
        using var solo = Trained(run);
        Assert.Equal([4, 9], pack.Steps);
        Assert.Equal(solo.Export(0), pack.Export(0));
    }

    [Fact]
    public void Gradients_are_taken_even_where_the_thread_has_switched_them_off()
    {
        using var off = torch.no_grad();
        using var without = Trained(Runs.Tiny(1));
        off.Dispose();
        using var with = Trained(Runs.Tiny(1));
        Assert.Equal(with.Checkpoint(0), without.Checkpoint(0));
    }

    [Fact]
    public void An_export_is_a_model_file_whose_losses_are_those_of_the_trainer()
    {
        var run = Runs.Tiny(1, layerNorm: true);
        using var trainer = Trained(run, run with { Seed = 2 });
        using var reader = new SafetensorsReader(new MemoryStream(trainer.Export(1)), "export");
        var read = ModelFile.ReadWeights(reader, TransformerLensConfiguration.Parse(trainer.ExportConfiguration(), "config"));
        using var scope = torch.NewDisposeScope();
        using var model = new Transformer((ModelConfiguration)run.Model);
        var tokens = torch.tensor(new long[] { 0, 3, 1, 4, 1, 2, 2, 7, 8, 1 }, [1, 1, 10]);
        Assert.Equal(
            model.Logits(ParameterLayout.Arrange((ModelConfiguration)run.Model, trainer.Weights(1)), tokens).detach().data<float>().ToArray(),
            model.Logits(read, tokens).data<float>().ToArray());
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_snapshot_that_is_read_back_measures_as_it_did_in_training(RunConfiguration run)
    {
        using var scope = torch.NewDisposeScope();
        using var trainer = Trained(run, run with { Seed = 2 });
        var kind = ModelKind.Of(run);
        using var measurement = kind.Measurement(run.Data, Contracts.Metrics.Measures.Of(run.Model));
        using var file = new SafetensorsReader(new MemoryStream(trainer.Export(1)), "export");
        Assert.Equal(measurement.Measure(trainer.Weights(1))[0].ToBytes(), measurement.Measure(kind.Read(file))[0].ToBytes());
    }

    [Fact]
    public void A_checkpoint_that_is_torn_flipped_or_of_another_run_is_refused()
    {
        using var trainer = Trained(Runs.Tiny(1));
        var good = trainer.Checkpoint(0);
        Refused(good[..^1]);
        Refused(good[..100]);
        Refused([]);
        var flipped = good.ToArray();
        flipped[20] ^= 0x40;
        Refused(flipped);
        using var other = Trained(Runs.Tiny(1, layers: 1));
        Refused(other.Checkpoint(0));
        using var sibling = Trained(Runs.Tiny(2));
        Refused(sibling.Checkpoint(0));

        static void Refused(byte[] checkpoint) => Assert.Throws<ModelFileException>(() => ModelKind.Trainer([Runs.Tiny(1)], checkpoints: [checkpoint]));
    }

    [Fact]
    public void Runs_of_different_shapes_are_refused()
    {
        var run = Runs.Tiny(1);
        Assert.Throws<ArgumentException>(() => ModelKind.Trainer([run, Runs.Tiny(1, layers: 1)]));
        Assert.Throws<ArgumentException>(() => ModelKind.Trainer([run, run with { Train = run.Train with { Batch = 4 } }]));
        Assert.Throws<ArgumentException>(() => ModelKind.Trainer([]));
        Assert.Contains("sgd", Assert.Throws<ArgumentException>(() => ModelKind.Trainer([run with { Train = run.Train with { Optimizer = "sgd" } }])).Message);
    }

    [Fact]
    public void Running_out_of_memory_is_told_apart_from_other_errors()
    {
        var run = Runs.Tiny(1);
        var huge = run with { Train = run.Train with { Batch = int.MaxValue } };
        var error = Assert.Throws<TensorMemoryException>(() => ModelKind.Trainer([.. Enumerable.Repeat(huge, 5000)]));
        Assert.Contains("5000 models", error.Message);
        var mistake = Assert.ThrowsAny<Exception>(() => torch.ones(2, 3).mm(torch.ones(2, 3)));
        Assert.False(TensorMemoryException.IsCauseOf(mistake));
    }
}
