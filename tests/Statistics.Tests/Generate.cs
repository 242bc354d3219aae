using CsCheck;

namespace Orchestrator.Statistics.Tests;

/// <summary>Inputs for properties.</summary>
internal static class Generate
{
    /// <summary>Values as metrics have them, with ties.</summary>
    public static Gen<double[]> Values(int fewest) =>
        Gen.OneOf(Gen.Double[-10, 10], Gen.Int[-3, 3].Select(i => (double)i)).Array[fewest, 40];

    /// <summary>The same items in another order.</summary>
    public static Gen<(T[] Items, T[] Shuffled)> Shuffled<T>(Gen<T[]> items) =>
        items.SelectMany(values => Gen.Shuffle(values).Select(shuffled => (values, shuffled)));
}
