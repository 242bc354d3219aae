using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Kinds;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Native;
using Orchestrator.Kernels.Native.Cuda;
using Orchestrator.Kernels.Training;
using Orchestrator.Kernels.Training.Fused;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Training;

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
                Assert.Equal(plain.Losses.Select(step => step[member]), fused.Losses.Select(step => step[member]), (a, b) => Math.Abs(a - b) < 2e-6);
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
        var refused = Assert.Throws<CudaException>(() => RuntimeCompiler.Compile("extern \"C\" __global__ void f() { nothing(); }", "sm_90"));

        Assert.True(refused.Message.Contains("no libnvrtc by its name, in", StringComparison.Ordinal) || refused.Message.Contains("nothing", StringComparison.Ordinal), refused.Message);
    }

    private static RunConfiguration Run(ModelConfiguration model, int vocab) => new()
    {
        Model = model,
        Data = new DataConfiguration { Vocab = vocab, Parts = [new Markov()] },
        Train = new TrainConfiguration { Steps = 10, Batch = 5, Lr = 1e-2, WeightDecay = 0.1, Warmup = 2 },
        Seed = 0,
    };

    private static ModelConfiguration Model() => new() { Layers = 2, Heads = 2, DModel = 16, DHead = 8, NCtx = 11 };

    private sealed record Trained(ParameterBuffer Parameters, IPackStep Step, float[][] Losses);

    /// <summary>The same updates of the same members by both steps.</summary>
    private static (Trained Fused, Trained Plain) Both(ModelConfiguration model, int vocab, int updates, int? stays = null, int? breaks = null)
    {
        TorchRuntime.Load();
        var run = Run(model, vocab);
        ITrainable kind = ModelKind.Of(run);
        var layout = kind.Layout(run.Train.Init);
        var shape = kind.Fused(out var reason);
        Assert.True(shape is not null, reason);
        return (Train(parameters => new FusedStep(shape, parameters, new EmulatedProgram(shape.Source(layout, threads: 1, lanes: 1), atOnce: 2))), Train(parameters => new OperatorStep(kind, parameters)));

        Trained Train(Func<ParameterBuffer, IPackStep> make)
        {
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
                    var tokens = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(step.Samples(step.Most == 1 ? 0 : update, member));
                    foreach (ref var token in tokens)
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
            return new Trained(parameters, step, [.. losses]);
        }
    }

    private static float[] Initial(ParameterLayout layout, int member) => ParameterBuffer.Initial(layout, (ulong)member);

    private static void Close(Tensor expected, Tensor found, double most) => Assert.InRange((expected - found).abs().max().item<float>(), 0, most);
}
