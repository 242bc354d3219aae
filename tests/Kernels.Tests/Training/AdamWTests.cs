using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Training;

public sealed class AdamWTests : IDisposable
{
    private static readonly ModelConfiguration Shape = new() { Layers = 1, Heads = 1, DModel = 3, DHead = 5, NCtx = 4, LayerNorm = true };
    private readonly ParameterLayout _layout = ParameterLayout.Of(Shape, 7, new Initialization());
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    private static TrainConfiguration Train(double lr, double decay) => new() { Steps = 10, Batch = 1, Lr = lr, WeightDecay = decay, Warmup = 3 };

    private ParameterBuffer Buffer(int members)
    {
        var buffer = new ParameterBuffer(_layout, members, CPU);
        for (var member = 0; member < members; member++)
        {
            buffer.Scatter(ParameterBuffer.Initial(_layout, (ulong)member), buffer.Flat, member);
        }
        return buffer;
    }

    private static Tensor[] Gradients(ParameterBuffer buffer, int step) =>
        [.. buffer.Trainable.Select((view, n) => (arange(view.numel(), ScalarType.Float32) * 0.7 + n + step).sin().view(view.shape))];

    [Fact]
    public void It_updates_as_the_textbook_says()
    {
        using var buffer = Buffer(2);
        using var optimizer = new HostAdamW(buffer);
        TrainConfiguration[] trains = [Train(1e-2, 0.1), Train(3e-3, 0)];
        var w = Enumerable.Range(0, 2).Select(member => Array.ConvertAll(buffer.Gather(buffer.Flat, member), value => (double)value)).ToArray();
        var (m, v) = (new double[2, _layout.Count], new double[2, _layout.Count]);
        for (var step = 0; step < 5; step++)
        {
            var gradients = Gradients(buffer, step);
            optimizer.Step(gradients, [.. trains.Select(train => (AdamWCoefficients?)AdamWCoefficients.At(train, step))]);
            for (var member = 0; member < 2; member++)
            {
                var rate = LearningRate.At(trains[member], step);
                foreach (var (n, parameter) in _layout.Parameters.Index())
                {
                    var g = gradients[n][member].contiguous().data<float>().ToArray();
                    for (var i = 0; i < parameter.Length; i++)
                    {
                        var at = parameter.Offset + i;
                        m[member, at] = 0.9 * m[member, at] + 0.1 * g[i];
                        v[member, at] = 0.99 * v[member, at] + 0.01 * g[i] * g[i];
                        var update = m[member, at] / (1 - Math.Pow(0.9, step + 1)) / (Math.Sqrt(v[member, at] / (1 - Math.Pow(0.99, step + 1))) + 1e-8);
                        w[member][at] -= rate * (update + (parameter.Decays ? trains[member].WeightDecay * w[member][at] : 0));
                    }
                }
            }
        }
        for (var member = 0; member < 2; member++)
        {
            Assert.All(w[member].Zip(buffer.Gather(buffer.Flat, member)), pair => Assert.Equal(pair.First, pair.Second, 2e-6));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_form_for_devices_does_the_same_and_leaves_resting_members_alone(int members)
    {
        using var host = Buffer(members);
        using var device = Buffer(members);
        using var onHost = new HostAdamW(host);
        using var onDevice = new DeviceAdamW(device);
        var resting = members - 1;
        for (var step = 0; step < 5; step++)
        {
            AdamWCoefficients?[] coefficients = [.. Enumerable.Range(0, members).Select(member =>
                members > 1 && member == resting && step > 1 ? (AdamWCoefficients?)null : AdamWCoefficients.At(Train(1e-2 * (member + 1), 0.1), step))];
            var gradients = Gradients(host, step);
            if (members > 1 && step > 1)
            {
                gradients[0][resting].fill_(float.NaN);
            }
            onHost.Step(gradients, coefficients);
            onDevice.Step(gradients, coefficients);
        }
        Assert.All(host.Flat.data<float>().ToArray().Zip(device.Flat.data<float>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        Assert.All(onHost.Moment2.data<float>().ToArray().Zip(onDevice.Moment2.data<float>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Fact]
    public void The_rate_warms_up_to_its_peak_and_decays_to_zero_at_the_end()
    {
        var train = new TrainConfiguration { Steps = 104, Batch = 1, Lr = 2, Warmup = 4 };
        Assert.Equal([0.5, 1, 1.5, 2, 2, 2], Enumerable.Range(0, 6).Select(step => LearningRate.At(train, step)));
        Assert.Equal(1, LearningRate.At(train with { Decay = LearningRateDecay.Cosine }, 54), 1e-12);
        Assert.Equal(0, LearningRate.At(train with { Decay = LearningRateDecay.Cosine }, 104), 1e-12);
        Assert.Equal(0.5, LearningRate.At(train with { Decay = LearningRateDecay.Linear }, 79), 1e-12);
        Assert.Equal(2, LearningRate.At(train with { Warmup = 0 }, 0));
    }

    [Fact]
    public void Initial_weights_have_the_deviations_asked_for_and_each_tensor_its_own_stream()
    {
        var init = new Initialization { Embed = 0.3, Scale = 2 };
        var wide = new ModelConfiguration { Layers = 2, Heads = 2, DModel = 100, DHead = 30, NCtx = 8, LayerNorm = true, SmearedKeys = true, Positions = PositionKind.Learned, PositionScale = 0.7 };
        var layout = ParameterLayout.Of(wide, 300, init);
        var values = ParameterBuffer.Initial(layout, 4);
        foreach (var (name, deviation) in new[] { ("embed.W_E", 0.3), ("pos_embed.W_pos", 0.7), ("blocks.1.attn.W_Q", 0.2), ("blocks.0.attn.W_O", 2 / Math.Sqrt(60)), ("unembed.W_U", 0.2) })
        {
            var part = Part(layout, values, name);
            Assert.Equal(deviation, Math.Sqrt(part.Average(value => (double)value * value)), 0.06 * deviation);
        }
        Assert.All(Part(layout, values, "ln_final.w"), value => Assert.Equal(1f, value));
        Assert.All(Part(layout, values, "blocks.0.attn.smear_alpha"), value => Assert.Equal(0f, value));
        // Another depth leaves the tensors that both have as they are.
        var shallow = ParameterLayout.Of(wide with { Layers = 1 }, 300, init);
        Assert.Equal(Part(layout, values, "unembed.W_U"), Part(shallow, ParameterBuffer.Initial(shallow, 4), "unembed.W_U"));

        static float[] Part(ParameterLayout layout, float[] values, string name)
        {
            var parameter = layout.Parameters.Single(parameter => parameter.Name == name);
            return values[parameter.Offset..(parameter.Offset + parameter.Length)];
        }
    }
}
