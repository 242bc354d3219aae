using Orchestrator.Kernels.Native;

namespace Orchestrator.Kernels.Tests.Native;

public sealed class MatrixProductTests
{
    [Fact]
    public void Every_device_of_this_machine_multiplies_rightly() =>
        Assert.All(MatrixProduct.Devices(), device => Assert.InRange(MatrixProduct.Check(device), TimeSpan.FromTicks(1), TimeSpan.FromSeconds(30)));
}
