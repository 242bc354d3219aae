using CsCheck;
using Orchestrator.Kernels.Randomness;

namespace Orchestrator.Kernels.Tests.Randomness;

public sealed class RandomSourceTests
{
    [Fact]
    public void The_generator_is_xoshiro256_starstar()
    {
        // First outputs of the authors' reference code for the state (1, 2, 3, 4).
        var random = RandomSource.FromState($"{1:x16}{2:x16}{3:x16}{4:x16}");
        Assert.Equal([11520UL, 0UL, 1509978240UL, 1215971899390074240UL], Enumerable.Range(0, 4).Select(_ => random.NextBits()));
    }

    [Fact]
    public void A_seed_and_a_purpose_give_one_stream_and_any_other_pair_another() =>
        Gen.Select(Gen.ULong, Gen.String, Gen.ULong, Gen.String).Sample((seed, purpose, otherSeed, otherPurpose) =>
        {
            Assert.Equal(RandomSource.For(seed, purpose).NextBits(), RandomSource.For(seed, purpose).NextBits());
            return (seed, purpose) == (otherSeed, otherPurpose) || RandomSource.For(seed, purpose).NextBits() != RandomSource.For(otherSeed, otherPurpose).NextBits();
        }, iter: 200);

    [Fact]
    public void A_stream_continues_from_its_state() =>
        Gen.Select(Gen.ULong, Gen.Int[0, 50]).Sample((seed, drawn) =>
        {
            var random = RandomSource.For(seed, "data");
            for (var i = 0; i < drawn; i++)
            {
                random.NextNormal();
            }
            var copy = RandomSource.FromState(random.State);
            return random.NextBits() == copy.NextBits() && random.State == copy.State;
        }, iter: 100);

    [Theory]
    [InlineData("")]
    [InlineData("zz")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    public void What_is_no_state_is_refused(string state) => Assert.Throws<FormatException>(() => RandomSource.FromState(state));

    [Fact]
    public void Whole_numbers_are_uniform()
    {
        var random = RandomSource.For(1, "uniform");
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++)
        {
            counts[random.Next(7)]++;
        }
        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400)); // more than 4 standard deviations
    }

    [Fact]
    public void Normal_and_gamma_numbers_have_their_moments()
    {
        var random = RandomSource.For(2, "moments");
        var normal = new float[200_001];
        random.FillNormal(normal, 3.0);
        Assert.Equal(0, normal.Average(), 0.04);
        Assert.Equal(9, normal.Average(value => (double)value * value), 0.15);
        Assert.Equal(3 * 81, normal.Average(value => Math.Pow(value, 4)), 12.0);
        foreach (var shape in new[] { 0.3, 1.0, 4.5 })
        {
            var gamma = Enumerable.Range(0, 100_000).Select(_ => random.NextGamma(shape)).ToArray();
            Assert.Equal(shape, gamma.Average(), 5 * Math.Sqrt(shape / 100_000));
            Assert.Equal(shape, gamma.Average(value => (value - shape) * (value - shape)), 0.05 * Math.Max(1, shape));
        }
    }
}
