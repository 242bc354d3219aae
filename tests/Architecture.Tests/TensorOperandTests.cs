using Mono.Cecil;

namespace Orchestrator.Architecture.Tests;

/// <summary>
/// A number that TorchSharp turns into a native object may be freed under the call that reads it (see <c>TensorArithmetic</c>). The kernels
/// call nothing that makes such objects but by the one class that keeps them.
/// </summary>
public sealed class TensorOperandTests
{
    [Theory]
    [InlineData("Kernels")]
    [InlineData("Worker")]
    public void No_call_hands_a_number_to_tensors_that_nobody_keeps(string project)
    {
        using var assembly = AssemblyDefinition.ReadAssembly(Project.Named(project).Assembly.Location);
        var types = assembly.MainModule.GetTypes().Where(type => !type.FullName.Contains("TensorArithmetic", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(types);

        List<string> found = [.. (
            from type in types
            from method in type.Methods
            where method.HasBody
            from instruction in method.Body.Instructions
            where instruction.Operand is MethodReference called && MakesANumber(called)
            select $"{method.DeclaringType.FullName}.{method.Name} calls {((MethodReference)instruction.Operand).FullName}").Distinct()];

        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    /// <summary>A conversion of a number to a scalar, or a method that passes on a factor 1 of its own: a sum, in place or not, without a factor given.</summary>
    private static bool MakesANumber(MethodReference called) => called.DeclaringType.FullName switch
    {
        "TorchSharp.Scalar" => called.Name is "op_Implicit" or ".ctor",
        "TorchSharp.ScalarExtensionMethods" => called.Name == "ToScalar",
        "TorchSharp.torch/Tensor" => called.Name switch
        {
            "op_Addition" => true,
            "op_Subtraction" => called.Parameters[0].ParameterType.Name != "Tensor",
            "add" or "add_" => called.Parameters.Count < 2,
            _ => false,
        },
        _ => false,
    };
}
