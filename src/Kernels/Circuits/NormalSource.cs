using TorchSharp;

namespace Orchestrator.Kernels.Circuits;

/// <summary>Seeded standard normal numbers for nulls; the same on every machine.</summary>
internal sealed class NormalSource(int seed)
{
    private readonly Random _uniform = new(seed);
    private double? _spare;

    /// <summary>A standard normal number (Box-Muller).</summary>
    public double Next()
    {
        if (_spare is { } spare)
        {
            _spare = null;
            return spare;
        }
        var radius = Math.Sqrt(-2.0 * Math.Log(1.0 - _uniform.NextDouble()));
        var angle = 2.0 * Math.PI * _uniform.NextDouble();
        _spare = radius * Math.Sin(angle);
        return radius * Math.Cos(angle);
    }

    /// <summary>A chi-squared number: a sum of squares for few degrees of freedom, Marsaglia and Tsang's gamma method for many.</summary>
    public double ChiSquared(int degrees)
    {
        if (degrees < 16)
        {
            var sum = 0.0;
            for (var k = 0; k < degrees; k++)
            {
                var x = Next();
                sum += x * x;
            }
            return sum;
        }
        var d = degrees / 2.0 - 1.0 / 3.0;
        var c = 1.0 / Math.Sqrt(9.0 * d);
        while (true)
        {
            var x = Next();
            var v = Math.Pow(1.0 + c * x, 3);
            if (v > 0 && Math.Log(1.0 - _uniform.NextDouble()) < 0.5 * x * x + d - d * v + d * Math.Log(v))
            {
                return 2.0 * d * v;
            }
        }
    }

    /// <summary>A tensor of independent standard normal numbers, float64.</summary>
    public torch.Tensor Tensor(params long[] shape)
    {
        var values = new double[shape.Aggregate(1L, (n, size) => n * size)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Next();
        }
        return torch.tensor(values, shape);
    }
}
