using System.Diagnostics;

namespace Orchestrator.Deploy.Tests;

/// <summary>The kit for GPU machines: what it says where it cannot work, with nothing in its environment.</summary>
public sealed class GpuKitTests
{
    [Theory]
    [InlineData("no NVIDIA driver")]
    [InlineData("is no option", "--nope")]
    [InlineData("holds no libtorch_cpu.so", "/nowhere", "--device", "cpu")]
    [InlineData("--device needs a value", "--device")]
    public void Without_what_it_needs_the_check_says_so_in_a_line_and_ends_with_2(string reason, params string[] arguments)
    {
        Assert.SkipWhen(reason == "no NVIDIA driver" && File.Exists("/proc/driver/nvidia/version"), "this machine has one");
        var start = new ProcessStartInfo("/usr/bin/env", ["-i", "bash", Path.Combine(Repository.Root, "eng", "gpu", "check.sh"), .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment.Clear();
        using var check = Process.Start(start)!;
        var (error, output) = (check.StandardError.ReadToEnd(), check.StandardOutput.ReadToEnd());
        check.WaitForExit();

        Assert.Equal((2, ""), (check.ExitCode, output));
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }
}
