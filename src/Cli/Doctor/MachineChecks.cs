using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Orchestrator.Contracts;

namespace Orchestrator.Cli.Doctor;

/// <summary>What the machine must have: runtime, SDK, the native tensor library.</summary>
internal static class MachineChecks
{
    private const string GetSdk = "install the .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0, or dotnet-install.sh --channel 10.0";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Finding Runtime() =>
        Finding.Ok("runtime", $"orchestrator {Versions.Product} (trainer {Versions.Trainer}, metrics {Versions.Metrics}, protocol {Versions.Protocol}), {RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores");

    /// <summary>The SDK builds the program; without it a build that exists still runs.</summary>
    public static async Task<Finding> Sdk(TimeProvider clock, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        Process? process = null;
        try
        {
            process = Process.Start(new ProcessStartInfo("dotnet", ["--list-sdks"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = await process.StandardOutput.ReadToEndAsync(both.Token);
            await process.WaitForExitAsync(both.Token);
            var versions = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]).ToList();
            return versions.Any(IsNewEnough)
                ? Finding.Ok("sdk", $".NET SDK {string.Join(", ", versions)}")
                : Finding.Warning("sdk", versions.Count == 0 ? "no .NET SDK" : $".NET SDK {string.Join(", ", versions)} is too old to build from source", GetSdk);
        }
        catch (Win32Exception)
        {
            return Finding.Warning("sdk", "dotnet is not on the PATH: this build runs, but cannot be made again", GetSdk);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            process?.Kill();
            return Finding.Warning("sdk", $"dotnet --list-sdks did not end within {Patience.TotalSeconds:F0} s", "run it by hand to see why");
        }
        finally
        {
            process?.Dispose();
        }
    }

    public static Finding NativeLibrary(INativeRuntime native)
    {
        try
        {
            return Finding.Ok("native library", native.Describe());
        }
        catch (Exception error)
        {
            // Whatever stops the library from loading is the finding.
            return Finding.Problem("native library", error.GetBaseException().Message, "build again with ./orchestrator; if it stays, name a libtorch folder with ORCHESTRATOR_LIBTORCH");
        }
    }

    /// <summary>One matrix product per device, so that a device which is listed and does not compute is found before a worker gets it.</summary>
    public static IReadOnlyList<Finding> Devices(INativeRuntime native)
    {
        try
        {
            return [.. native.Devices().Select(device => Device(native, device))];
        }
        catch (Exception)
        {
            return []; // the library does not load, which is a finding of its own
        }
    }

    private static Finding Device(INativeRuntime native, string device)
    {
        try
        {
            return Finding.Ok("device", $"{device}: a matrix product is right, {native.Multiply(device).TotalMilliseconds.ToString("F2", CultureInfo.InvariantCulture)} ms");
        }
        catch (Exception error)
        {
            return Finding.Problem("device", $"{device}: {error.GetBaseException().Message}", "mend the driver (nvidia-smi), or leave the device out with worker --device");
        }
    }

    private static bool IsNewEnough(string version) => int.TryParse(version.Split('.')[0], out var major) && major >= 10;
}
