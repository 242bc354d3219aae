using Orchestrator.Kernels.Randomness;

namespace Orchestrator.Kernels.Data;

/// <summary>Where training samples come from. It keeps nothing between samples, so a stream's position is the position of its random numbers.</summary>
public interface ISampleSource
{
    /// <summary>Bytes of one sample, as it lies in a batch.</summary>
    int SampleBytes { get; }

    /// <summary>Writes whole samples to train on.</summary>
    /// <param name="samples">Where to: any number of samples, one after the other.</param>
    /// <param name="random">The stream to draw from.</param>
    void Fill(Span<byte> samples, RandomSource random);
}
