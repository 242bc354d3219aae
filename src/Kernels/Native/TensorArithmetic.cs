using System.Collections.Concurrent;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Native;

/// <summary>
/// Sums, and numbers as operands. TorchSharp makes a native object of each number that it passes on, its own factor 1 in every <c>+</c>
/// included, and a garbage collection may free that object while the call still reads it: rare, and then a run fails for no reason that
/// anybody can see. Here such objects are made once per number, and stay. A test keeps the operators that do otherwise out of the kernels.
/// </summary>
internal static class TensorArithmetic
{
    private static readonly ConcurrentDictionary<double, Scalar> Numbers = [];
    private static readonly Scalar One = 1.ToScalar(); // a whole number: token ids are added too

    /// <summary>A number as an operand.</summary>
    public static Scalar Held(this double number) => Numbers.GetOrAdd(number, value => value.ToScalar());

    /// <summary>The same of a whole number.</summary>
    public static Scalar Held(this int number) => Held((double)number);

    /// <summary>The sum.</summary>
    public static Tensor Plus(this Tensor left, Tensor right) => left.add(right, One);

    /// <summary>The sum with a number.</summary>
    public static Tensor Plus(this Tensor left, double right) => left.add(right.Held(), One);

    /// <summary>Adds in place.</summary>
    public static Tensor Add(this Tensor left, Tensor right) => left.add_(right, One);
}
