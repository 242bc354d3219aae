using static TorchSharp.torch;

namespace Orchestrator.Kernels.Model;

/// <summary>The fixed position vectors of shortformer models (math.md section 1.2).</summary>
public static class Sinusoids
{
    /// <summary>p[pos, 2k] = scale·sin(pos / 10000^(2k/d)), p[pos, 2k+1] the cosine of the same; computed in double, rounded once.</summary>
    /// <returns>[positions, width] row-major.</returns>
    public static float[] Values(int positions, int width, double scale)
    {
        var table = new float[positions * width];
        for (var position = 0; position < positions; position++)
        {
            for (var m = 0; m < width; m++)
            {
                var angle = position / Math.Pow(10000.0, (double)(m - m % 2) / width);
                table[position * width + m] = (float)(scale * (m % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle)));
            }
        }
        return table;
    }

    /// <summary>The same as a tensor [positions, width].</summary>
    public static Tensor Table(int positions, int width, double scale, Device device) =>
        tensor(Values(positions, width, scale), [positions, width], device: device);
}
