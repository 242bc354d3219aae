using System.Runtime.InteropServices;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Randomness;

namespace Orchestrator.Kernels.Data;

/// <summary>Feature vectors of a toy model: each component is 0 with probability S, else uniform on [0, 1), float32.</summary>
/// <param name="data">S, and the seed of the held-out samples.</param>
/// <param name="features">Components n of a vector.</param>
public sealed class FeatureSource(SparseFeatures data, int features) : ISampleSource
{
    /// <inheritdoc/>
    public int SampleBytes => features * sizeof(float);

    /// <inheritdoc/>
    public void Fill(Span<byte> samples, RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        foreach (ref var value in MemoryMarshal.Cast<byte, float>(samples))
        {
            // One draw decides both: what lies above S is uniform there.
            var draw = random.NextDouble();
            value = draw < data.Sparsity ? 0 : (float)((draw - data.Sparsity) / (1 - data.Sparsity));
        }
    }

    /// <summary>Held-out samples [count, n], row-major: the same for all runs and snapshots of one data seed.</summary>
    public float[] HeldOut(int count)
    {
        var samples = new float[count * features];
        Fill(MemoryMarshal.AsBytes(samples.AsSpan()), RandomSource.For(data.Seed, "data/held-out"));
        return samples;
    }
}
