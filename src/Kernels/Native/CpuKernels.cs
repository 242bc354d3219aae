using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using Orchestrator.Kernels.Randomness;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Native;

/// <summary>
/// Which CPU kernels the tensor libraries run on this processor, by what they compute: the low bits of a result depend on the family
/// that was chosen (AVX2 or AVX-512, for the processor or by a setting), and results are the same to the bit only between processes
/// that have the same kernels.
/// </summary>
public static class CpuKernels
{
    private static readonly Lazy<string> OfThisProcess = new(Compute);

    /// <summary>What the processor offers, and the fingerprint of what is used of it, as in <c>avx512-1f2e3d4c</c>.</summary>
    public static string Name => $"{(Avx512F.IsSupported ? "avx512" : Avx2.IsSupported ? "avx2" : RuntimeInformation.ProcessArchitecture.ToString())}-{Fingerprint}";

    /// <summary>Eight hexadecimal digits: a hash of the bits of some small products, exponentials and norms at one thread.</summary>
    public static string Fingerprint => OfThisProcess.Value;

    private static string Compute()
    {
        TorchRuntime.Load();
        var threads = get_num_threads();
        set_num_threads(1); // which is how runs are trained, and what their bits depend on
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using var scope = NewDisposeScope();
            using var quiet = no_grad();
            var random = RandomSource.For(0, "kernels");
            var (a, b) = (Draw(random, 4, 61, 64), Draw(random, 4, 64, 48));
            foreach (var result in new[] { a[0].mm(b[0]), a.bmm(b), a.transpose(1, 2).bmm(a), a.softmax(-1), a.exp().sum(-1), nn.functional.layer_norm(a, [64]) })
            {
                hash.AppendData(result.contiguous().bytes);
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset())[..8];
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    private static Tensor Draw(RandomSource random, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (product, length) => product * length)];
        random.FillNormal(values, 1);
        return tensor(values, shape);
    }
}
