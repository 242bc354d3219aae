using Orchestrator.Kernels.Randomness;
using TorchSharp;

namespace Orchestrator.Kernels.Tests.Circuits;

/// <summary>Seeded standard normal tensors, float64.</summary>
internal sealed class NormalSource(int seed)
{
    private readonly RandomSource _random = RandomSource.For((ulong)seed, "test");

    public torch.Tensor Tensor(params long[] shape)
    {
        double[] values = [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (n, size) => n * size)).Select(_ => _random.NextNormal())];
        return torch.tensor(values, shape);
    }
}
