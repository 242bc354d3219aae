using CsCheck;
using Orchestrator.Kernels.Measures;
using Orchestrator.Kernels.Tests.Circuits;

namespace Orchestrator.Kernels.Tests.Measures;

[Collection("circuits")]
public sealed class LossSpaceTests
{
    private static readonly Gen<double[][]> Clouds =
        from snapshots in Gen.Int[1, 8] from examples in Gen.Int[1, 7] from cloud in Gen.Double[0, 5].Array[examples].Array[snapshots] select cloud;

    [Fact]
    public void Losses_that_move_in_a_plane_are_found_with_their_directions_and_coordinates()
    {
        // mean + a·u + b·v with orthonormal u, v; a and b uncorrelated over snapshots, a with more variance.
        double[] mean = [3, 1, 4, 1], u = [0.5, 0.5, 0.5, 0.5], v = [-0.5, 0.5, -0.5, 0.5];
        (double A, double B)[] places = [(-3, 1), (-1, -1), (1, -1), (3, 1)];
        var space = LossSpace.Of([.. places.Select(p => mean.Select((m, i) => m + p.A * u[i] + p.B * v[i]).ToArray())]);
        Same.Numbers(u, space.Components[0], 1e-12);
        // Of entries that differ by rounding alone either may be the largest.
        var sign = Math.Sign(space.Components[1][1]);
        Same.Numbers([.. v.Select(value => sign * value)], space.Components[1], 1e-12);
        Same.Numbers([20.0 / 24, 4.0 / 24], space.Explained, 1e-12);
        foreach (var (place, found) in places.Zip(space.Coordinates))
        {
            Same.Numbers([place.A, sign * place.B], found, 1e-12);
        }
    }

    [Fact]
    public void A_largest_entry_that_is_negative_turns_the_component_round()
    {
        var space = LossSpace.Of([[0, 0, 0], [-3, 1, 1], [-6, 2, 2]]);
        Assert.True(space.Components[0][0] > 0);
        Assert.True(space.Coordinates[0][0] > 0 && space.Coordinates[2][0] < 0);
        Assert.All(space.Components[1], value => Assert.Equal(0, value));
        Assert.Equal(1, space.Explained[0], 1e-12);
    }

    [Fact]
    public void Components_are_orthonormal_and_no_plane_holds_more_of_the_variance() => Clouds.Sample(cloud =>
    {
        var space = LossSpace.Of(cloud);
        var mean = Enumerable.Range(0, cloud[0].Length).Select(i => cloud.Average(row => row[i])).ToArray();
        var total = cloud.Sum(row => row.Zip(mean, (a, b) => (a - b) * (a - b)).Sum());
        for (var k = 0; k < 2; k++)
        {
            var norm = Dot(space.Components[k], space.Components[k]);
            Assert.True(Math.Abs(norm - 1) < 1e-9 || norm == 0);
            Assert.Equal(0, space.Coordinates.Sum(place => place[k]), 1e-9 * (1 + total));
            if (norm > 0)
            {
                Assert.True(space.Components[k].MaxBy(Math.Abs) > 0);
                Assert.Equal(space.Explained[k] * total, space.Coordinates.Sum(place => place[k] * place[k]), 1e-8 * (1 + total));
            }
        }
        Assert.Equal(0, Dot(space.Components[0], space.Components[1]), 1e-9);
        Assert.True(total == 0 || space.Explained[0] >= space.Explained[1] - 1e-12);
        // No direction of the axes holds more than the first component.
        Assert.All(Enumerable.Range(0, mean.Length), i => Assert.True(total == 0 || cloud.Sum(row => (row[i] - mean[i]) * (row[i] - mean[i])) <= space.Explained[0] * total + 1e-9 * (1 + total)));
    }, iter: 60, threads: 1);

    [Fact]
    public void The_order_of_snapshots_moves_no_component_and_a_constant_loss_nothing() => Clouds.Sample(cloud =>
    {
        if (Enumerable.Range(0, cloud[0].Length).All(i => cloud.Max(row => row[i]) - cloud.Min(row => row[i]) < 1e-6))
        {
            return; // beside the constant such differences are lost to rounding
        }
        var (space, turned) = (LossSpace.Of(cloud), LossSpace.Of([.. cloud.Reverse().Select(row => row.Select(value => value + 7).ToArray())]));
        Same.Numbers(space.Explained, turned.Explained, 1e-8);
        if (space.Explained[0] - space.Explained[1] > 1e-3 && Unambiguous(space.Components[0]))
        {
            Same.Numbers(space.Components[0], turned.Components[0], 1e-6);
        }

        static bool Unambiguous(double[] component)
        {
            double[] sizes = [.. component.Select(Math.Abs).OrderDescending()];
            return sizes.Length == 1 || sizes[0] - sizes[1] > 1e-6;
        }
    }, iter: 60, threads: 1);

    [Fact]
    public void A_head_that_makes_the_change_has_a_negative_attribution_and_one_that_does_nothing_has_none()
    {
        double[] before = [2, 2, 2], after = [2, 1, 0];
        var change = LossSpace.Change(before, after)!;
        Same.Numbers([0, -1 / Math.Sqrt(5), -2 / Math.Sqrt(5)], change, 1e-12);
        Assert.Equal(-Math.Sqrt(5), LossSpace.Attribution(change, after, before), 1e-12);
        Assert.Equal(0, LossSpace.Attribution(change, after, after));
        Assert.Equal(0, LossSpace.Attribution(change, after, [9, 1, 0]));
        Assert.Null(LossSpace.Change(after, after));
    }

    [Fact]
    public void What_cannot_be_compared_is_refused()
    {
        Assert.Throws<ArgumentException>(() => LossSpace.Of([]));
        Assert.Throws<ArgumentException>(() => LossSpace.Of([[1, 2], [1]]));
        Assert.Throws<ArgumentException>(() => LossSpace.Of([[1, double.NaN]]));
        Assert.Throws<ArgumentException>(() => LossSpace.Change([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => LossSpace.Attribution([1], [1, 2], [1, 2]));
        Assert.All(LossSpace.Of([[1, 2], [1, 2]]).Explained, share => Assert.True(double.IsNaN(share)));
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
