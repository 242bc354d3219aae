using Orchestrator.Kernels.Native;
using TorchSharp;

namespace Orchestrator.Kernels.Tests.Native;

public sealed class TorchRuntimeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("orchestrator-native-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Bridge => NativeFolder.Find(null, AppContext.BaseDirectory).Bridge;

    [Fact]
    public void The_library_loads_and_computes()
    {
        using var three = torch.ones(3);
        Assert.Equal(3f, three.sum().item<float>());
    }

    [Fact]
    public void It_describes_what_it_loaded()
    {
        var description = TorchRuntime.Describe();
        Assert.True(File.Exists(Path.Combine(description.Folder, "libtorch_cpu.so")));
        Assert.StartsWith("2.10", description.Version);
        Assert.Equal(1, description.Threads);
        Assert.NotEmpty(description.CpuKernels);
    }

    [Fact]
    public void Natives_are_not_copied_into_the_output_folder() =>
        Assert.Empty(Directory.EnumerateFiles(AppContext.BaseDirectory, "*torch_cpu*", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(AppContext.BaseDirectory, "libLibTorchSharp*", SearchOption.AllDirectories)));

    [Fact]
    public void An_empty_folder_is_refused_with_its_name_and_the_fix()
    {
        var error = Assert.Throws<TorchRuntimeException>(() => NativeFolder.Find(_folder, AppContext.BaseDirectory));
        Assert.Contains(_folder, error.Message);
        Assert.Contains("libtorch_cpu.so", error.Message);
        Assert.Contains("ORCHESTRATOR_LIBTORCH", error.Message);
        Assert.Contains("native/cpu", Assert.Throws<TorchRuntimeException>(() => NativeFolder.Find(null, _folder)).Message);
    }

    [Fact]
    public void What_a_CUDA_build_ships_goes_before_what_a_CPU_build_ships()
    {
        foreach (var device in (string[])["cpu", "cuda"])
        {
            var folder = Directory.CreateDirectory(Path.Combine(_folder, "native", device)).FullName;
            File.WriteAllText(Path.Combine(folder, "libtorch_cpu.so"), "");
            Assert.Equal(folder, NativeFolder.Find(null, Path.Combine(_folder, "bin", "program")).Torch);
        }
    }

    [Fact]
    public void A_library_that_is_torn_is_refused_with_its_name()
    {
        var torn = Path.Combine(_folder, "libtorch_cpu.so");
        File.WriteAllBytes(torn, File.ReadAllBytes(Bridge)[..4096]);
        Assert.Contains(torn, Assert.Throws<TorchRuntimeException>(() => TorchRuntime.LoadLibrary(torn)).Message);
    }

    [Fact]
    public void A_second_folder_in_the_same_process_is_refused() =>
        Assert.Contains(_folder, Assert.Throws<TorchRuntimeException>(() => TorchRuntime.Load(_folder)).Message);

    // TorchSharp 0.107 hands the native function its arguments in another order: torch.baddbmm is banned, and this form is what we may use.
    [Fact]
    public void The_instance_form_of_baddbmm_adds_its_third_factor_to_the_product()
    {
        using var scope = torch.NewDisposeScope();
        var (a, b, sum) = (torch.tensor(new float[] { 1, 2, 3, 4, 5, 6 }).view(1, 2, 3), torch.tensor(new float[] { 1, 0, 2, 1, 0, 3 }).view(1, 3, 2), torch.ones(1, 2, 2));
        var expected = new float[] { 1 + 5, 1 + 11, 1 + 14, 1 + 23 };
        Assert.Equal(expected, (sum + a.bmm(b)).data<float>().ToArray());
        Assert.Equal(expected, a.baddbmm(b, sum, 1, 1).data<float>().ToArray());
    }
}
