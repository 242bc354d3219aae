using System.Runtime.InteropServices;

namespace Orchestrator.Kernels.Native;

/// <summary>The device or the host has not enough memory for what was asked. A smaller pack may fit; the process goes on.</summary>
public sealed class TensorMemoryException(string message, Exception inner) : Exception(message, inner)
{
    private static readonly string[] Signs = ["out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory", "bad_alloc", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED"];

    /// <summary>Whether a failure of the tensor library means that memory ran out (it has no type of its own for that).</summary>
    public static bool IsCauseOf(Exception failure) => failure is OutOfMemoryException or TensorMemoryException
        || failure is ExternalException or { InnerException: ExternalException }
            && Signs.Any(sign => failure.ToString().Contains(sign, StringComparison.OrdinalIgnoreCase));

    /// <summary>Runs tensor code and tells running out of memory apart from every other failure.</summary>
    /// <param name="doing">What the memory is wanted for, in the message.</param>
    /// <param name="work">The code.</param>
    /// <exception cref="TensorMemoryException">Memory ran out; the message says what to change.</exception>
    public static T Guard<T>(string doing, Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            return work();
        }
        catch (Exception failure) when (failure is not TensorMemoryException && IsCauseOf(failure))
        {
            var reason = failure.Message.Split('\n', 2)[0];
            throw new TensorMemoryException($"not enough memory for {doing}: {reason}. Train fewer models at once, a smaller batch or a smaller model.", failure);
        }
    }

    /// <summary>The same for work without a result.</summary>
    internal static void Guard(string doing, Action work) => Guard(doing, () =>
    {
        work();
        return true;
    });
}
