using System.Runtime.InteropServices;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Kinds;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Native;
using Orchestrator.Kernels.Training.Fused;
using Orchestrator.Kernels.Training;
using Orchestrator.Platform.Cuda;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Fused;

/// <summary>The GPU's step, its text compiled for the CPU, beside libtorch's operators.</summary>
public class FusedStepTests
{
    private const int Members = 3;

    public static TheoryData<string, ModelConfiguration, int> Shapes => new()
    {
        { "two layers", Model(), 32 },
        { "a vocabulary that is no multiple of four", Model(), 29 },
        { "no layer", Model() with { Layers = 0 }, 7 },
        { "one layer of one head, sequences of whole tiles", Model() with { Layers = 1, Heads = 1, NCtx = 9 }, 16 },
        { "three layers, heads wider than the stream", Model() with { Layers = 3, Heads = 3, DHead = 12 }, 16 },
        { "heads narrower than the stream", Model() with { DHead = 4 }, 100 },
        { "no positions", Model() with { Positions = PositionKind.None }, 16 },
        { "learned positions", Model() with { Positions = PositionKind.Learned, PositionScale = 0.3 }, 16 },
        { "rotary positions", Model() with { Positions = PositionKind.Rotary }, 16 },
        { "sequences of three tokens", Model() with { NCtx = 3 }, 16 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void It_computes_what_the_operators_compute(string name, ModelConfiguration model, int vocab)
    {
        Assert.NotEmpty(name);
        var (fused, plain) = Both(model, vocab, updates: 3);
        using (fused.Step)
        using (plain.Step)
        {
            for (var member = 0; member < Members; member++)
            {
                Assert.Equal(plain.Losses.Select(step => step[member]), fused.Losses.Select(step => step[member]), (a, b) => Math.Abs(a - b) < 5e-6);
            }
            Close(plain.Parameters.Flat, fused.Parameters.Flat, 2e-5);
            Close(plain.Step.Moment1, fused.Step.Moment1, 1e-7);
            Close(plain.Step.Moment2, fused.Step.Moment2, 1e-8);
        }
    }

    [Fact]
    public void A_member_that_stays_keeps_every_bit_and_the_others_go_on()
    {
        var (fused, plain) = Both(Model(), 16, updates: 3, stays: 1);
        using (fused.Step)
        using (plain.Step)
        {
            var initial = Initial(plain.Parameters.Layout, 1);
            Assert.Equal(initial, fused.Parameters.Gather(fused.Parameters.Flat, 1));
            Close(plain.Parameters.Flat, fused.Parameters.Flat, 2e-5);
        }
    }

    [Fact]
    public void A_member_whose_loss_is_no_number_stops_with_the_weights_that_gave_it()
    {
        var (fused, plain) = Both(Model(), 16, updates: 3, breaks: 2);
        using (fused.Step)
        using (plain.Step)
        {
            Assert.True(float.IsNaN(fused.Losses[0][2]));
            Assert.Equal(plain.Parameters.Gather(plain.Parameters.Flat, 2), fused.Parameters.Gather(fused.Parameters.Flat, 2));
            Assert.All(fused.Parameters.Gather(fused.Step.Moment1, 2), moment => Assert.Equal(0, moment));
            Assert.Equal(plain.Losses[2][0], fused.Losses[2][0], 2e-6f);
        }
    }

    [Theory]
    [InlineData(true, false, 16, "layer norm")]
    [InlineData(false, true, 16, "smeared keys")]
    [InlineData(false, false, 18, "multiples of 4")]
    public void What_the_program_does_not_know_is_left_to_the_operators_with_the_reason(bool layerNorm, bool smeared, int width, string reason)
    {
        Assert.Null(FusedShape.Of(Model() with { LayerNorm = layerNorm, SmearedKeys = smeared, DModel = width }, 16, 4, out var said));
        Assert.Contains(reason, said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trainer_that_queues_updates_gives_what_one_gives_that_waits_for_each_over_checkpoints_ends_and_divergence()
    {
        var model = Model();
        // Members of different length, and one that diverges.
        RunConfiguration[] runs = [.. new[] { 9, 5, 9, 7 }.Select((steps, seed) => Run(model, 16) with { Seed = (ulong)seed, Train = Run(model, 16).Train with { Steps = steps, Lr = seed == 2 ? 1e30 : 1e-2 } })];
        var (kind, shape) = KindOf(runs[0]);
        using var plain = new PackTrainer(kind, runs);
        using var queued = Queued(null);

        Assert.Equal([4, 3], [queued.Step(most: 4), queued.Step(most: 3)]);
        using var resumed = Queued([.. Enumerable.Range(0, runs.Length).Select(member => queued.Divergences[member] is null ? queued.Checkpoint(member) : null)]);
        while (!queued.Done)
        {
            queued.Step(most: 64);
        }
        while (!plain.Done)
        {
            plain.Step();
        }
        while (!resumed.Done)
        {
            resumed.Step(most: 64);
        }

        Assert.Equal(plain.Steps, queued.Steps);
        Assert.Equal([9, 5, 9, 7], [.. queued.Steps.Select((steps, member) => member == 2 ? 9 : steps)]);
        Assert.Equal(plain.Divergences.Select(d => d?.Step), queued.Divergences.Select(d => d?.Step));
        Assert.NotNull(queued.Divergences[2]);
        foreach (var member in new[] { 0, 1, 3 })
        {
            Assert.Equal(plain.Losses[member], queued.Losses[member], 1e-5f);
            Assert.Equal(queued.Export(member), resumed.Export(member)); // to the bit, from a checkpoint between two queues
        }
        Assert.Equal(Enumerable.Range(0, 4).Select(queued.Export), queued.Export([0, 1, 2, 3]));

        PackTrainer Queued(IReadOnlyList<byte[]?>? checkpoints) => new(
            kind, runs, null, null, checkpoints, parameters => new FusedStep(shape, parameters, new EmulatedProgram(shape.Source(parameters.Layout, threads: 1, lanes: 1), atOnce: 2)));
    }

    [Theory]
    [InlineData(PositionKind.Shortformer)]
    [InlineData(PositionKind.Rotary)]
    public void Threads_of_a_block_wait_for_each_other(PositionKind positions)
    {
        var model = Model() with { Positions = positions };
        var alone = Trained(model, threads: 1);

        Assert.Equal(alone, Trained(model, threads: 32));
        Assert.Equal(alone, Trained(model, threads: 32, backwards: true));
    }

    [Theory]
    [InlineData("rows<HEADS * ROWS>([&](int row, int lane, bool there)")]   // the softmax, and its way back, wait for the scores
    [InlineData("weight_gradient<D, VPAD>")]                                // the unembedding's gradient for that of the logits
    [InlineData("// The first place of a token")]                           // the embedding's for that of the stream
    public void A_barrier_that_is_missing_shows_in_one_of_both_orders(string before)
    {
        var alone = Trained(Model(), threads: 1);

        string Without(string text)
        {
            var barrier = text.LastIndexOf("__syncthreads();", text.IndexOf(before, StringComparison.Ordinal), StringComparison.Ordinal);
            return text.Remove(barrier, "__syncthreads();".Length);
        }
        Assert.False(alone.SequenceEqual(Trained(Model(), 32, change: Without)) && alone.SequenceEqual(Trained(Model(), 32, backwards: true, change: Without)));
    }

    [Fact]
    public void A_program_is_believed_where_it_trains_as_the_operators_do_and_else_says_why()
    {
        TorchRuntime.Load();
        var run = Run(Model(), 16);
        ITrainable kind = ModelKind.Of(run);
        var (layout, shape) = (kind.Layout(run.Train.Init), kind.Fused(out _)!);
        var source = shape.Source(layout, threads: 1, lanes: 1);

        Assert.Null(Refusal(source));
        Assert.Contains("nats apart", Refusal(source.Replace("* rate / (", "* rate * 0.9f / (", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal("no compiler", FusedPrograms.Refusal(kind, shape, layout, CPU, _ => throw new CudaException("no compiler")));
        Assert.Throws<CudaException>(() => FusedPrograms.Refusal(kind, shape, layout, CPU, _ => throw new CudaException("cuMemAlloc: out of memory")));

        string? Refusal(string text) => FusedPrograms.Refusal(kind, shape, layout, CPU, parameters => new FusedStep(shape, parameters, new EmulatedProgram(text, atOnce: 2)));
    }

    [Fact]
    public void A_compiler_that_is_not_there_says_where_it_was_looked_for_and_a_wrong_program_what_is_wrong()
    {
        var refused = Assert.Throws<CudaException>(() => RuntimeCompiler.Compile("extern \"C\" __global__ void f() { nothing(); }", "sm_90", TorchRuntime.Describe().Folder));

        Assert.True(refused.Message.Contains("no libnvrtc by its name, in", StringComparison.Ordinal) || refused.Message.Contains("nothing", StringComparison.Ordinal), refused.Message);
    }

    private static RunConfiguration Run(ModelConfiguration model, int vocab) => new()
    {
        Model = model,
        Data = new DataConfiguration { Vocab = vocab, Parts = [new Markov()] },
        Train = new TrainConfiguration { Steps = 10, Batch = 5, Lr = 1e-2, Eps = 1e-3, WeightDecay = 0.1, Warmup = 2 }, // an eps at which rounding of small gradients stays small
        Seed = 0,
    };

    private static ModelConfiguration Model() => new() { Layers = 2, Heads = 2, DModel = 16, DHead = 8, NCtx = 11 };

    private sealed record TrainedPack(ParameterBuffer Parameters, IPackStep Step, float[][] Losses);

    /// <summary>The same updates of the same members by both steps.</summary>
    private static (TrainedPack Fused, TrainedPack Plain) Both(ModelConfiguration model, int vocab, int updates, int? stays = null, int? breaks = null)
    {
        var (kind, shape) = KindOf(Run(model, vocab));
        return (
            Train(Run(model, vocab), parameters => new FusedStep(shape, parameters, new EmulatedProgram(shape.Source(parameters.Layout, threads: 1, lanes: 1), atOnce: 2)), updates, stays, breaks),
            Train(Run(model, vocab), parameters => new OperatorStep(kind, parameters), updates, stays, breaks));
    }

    /// <summary>Weights after an update by so many threads, whose order of turns is known.</summary>
    private static float[] Trained(ModelConfiguration model, int threads, bool backwards = false, Func<string, string>? change = null)
    {
        var (_, shape) = KindOf(Run(model, 16));
        var trained = Train(Run(model, 16), parameters => new FusedStep(shape, parameters, new EmulatedProgram((change ?? (text => text))(shape.Source(parameters.Layout, threads, lanes: 1)), 2, backwards)), updates: 1);
        using (trained.Step)
        {
            return trained.Parameters.Flat.data<float>().ToArray();
        }
    }

    private static (ITrainable Kind, FusedShape Shape) KindOf(RunConfiguration run)
    {
        TorchRuntime.Load();
        ITrainable kind = ModelKind.Of(run);
        var shape = kind.Fused(out var reason);
        Assert.True(shape is not null, reason);
        return (kind, shape);
    }

    private static TrainedPack Train(RunConfiguration run, Func<ParameterBuffer, IPackStep> make, int updates, int? stays = null, int? breaks = null)
    {
        var (layout, vocab) = (ModelKind.Of(run).Layout(run.Train.Init), ((DataConfiguration)run.Data).Vocab);
        var parameters = new ParameterBuffer(layout, Members, CPU);
        for (var member = 0; member < Members; member++)
        {
            var values = Initial(layout, member);
            if (member == breaks)
            {
                values[0] = values[^1] = float.NaN;
            }
            parameters.Scatter(values, parameters.Flat, member);
        }
        var step = make(parameters);
        var random = new Random(7);
        var losses = new List<float[]>();
        for (var update = 0; update < updates; update++)
        {
            for (var member = 0; member < Members; member++)
            {
                foreach (ref var token in MemoryMarshal.Cast<byte, long>(step.Samples(step.Most == 1 ? 0 : update, member)))
                {
                    token = random.Next(vocab);
                }
            }
            step.Update([.. Enumerable.Range(0, Members).Select(member => member == stays ? (AdamWCoefficients?)null : AdamWCoefficients.At(run.Train, update))]);
            if (step.Most == 1)
            {
                losses.AddRange(step.Losses());
            }
        }
        losses.AddRange(step.Losses());
        return new TrainedPack(parameters, step, [.. losses]);
    }

    private static float[] Initial(ParameterLayout layout, int member) => ParameterBuffer.Initial(layout, (ulong)member);

    private static void Close(Tensor expected, Tensor found, double most) => Assert.InRange((expected - found).abs().max().item<float>(), 0, most);
}
