using System.Diagnostics;
using TorchSharp;

namespace Orchestrator.Kernels.Native;

/// <summary>One product of two matrices of whole numbers on each device, compared with loops: says whether a device computes at all.</summary>
public static class MatrixProduct
{
    private const int Size = 192;

    /// <summary>Every device that libtorch sees, such as <c>cpu</c> and <c>cuda:0</c>.</summary>
    /// <exception cref="TorchRuntimeException">The libraries cannot be loaded.</exception>
    public static IReadOnlyList<string> Devices()
    {
        var cuda = TorchRuntime.Describe().Cuda ? torch.cuda.device_count() : 0;
        return ["cpu", .. Enumerable.Range(0, cuda).Select(i => $"cuda:{i}")];
    }

    /// <summary>Multiplies on a device. In float32 the product of these numbers is exact, whatever the order of summation.</summary>
    /// <param name="device">The device, as <see cref="Devices"/> names it.</param>
    /// <returns>The time of a product after a first one that warms up.</returns>
    /// <exception cref="TorchRuntimeException">The device gave another product than the loops.</exception>
    public static TimeSpan Check(string device)
    {
        TorchRuntime.Load();
        float[] left = [.. Enumerable.Range(0, Size * Size).Select(i => (float)(i % 17 - 8))];
        float[] right = [.. Enumerable.Range(0, Size * Size).Select(i => (float)(i % 23 - 11))];
        using var scope = torch.NewDisposeScope();
        var (a, b) = (torch.tensor(left, Size, Size).to(device), torch.tensor(right, Size, Size).to(device)); // [row, column]
        torch.matmul(a, b).sum().item<float>();
        var started = Stopwatch.GetTimestamp();
        var product = torch.matmul(a, b).to("cpu").data<float>().ToArray(); // [row, column], row by row
        var elapsed = Stopwatch.GetElapsedTime(started);
        var wrong = Enumerable.Range(0, Size * Size).FirstOrDefault(i => product[i] != Entry(left, right, i / Size, i % Size), -1);
        return wrong < 0
            ? elapsed
            : throw new TorchRuntimeException($"{device} computes wrongly: entry ({wrong / Size}, {wrong % Size}) of a product of whole numbers is {product[wrong]}, not {Entry(left, right, wrong / Size, wrong % Size)}. Do not train on it.");
    }

    private static float Entry(float[] left, float[] right, int row, int column)
    {
        var sum = 0.0f;
        for (var k = 0; k < Size; k++)
        {
            sum += left[row * Size + k] * right[k * Size + column];
        }
        return sum;
    }
}
