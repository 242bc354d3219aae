using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Orchestrator.Gpu.Check;

/// <summary>The program and other programs as processes, each with a limit.</summary>
internal static class Commands
{
    /// <summary>Runs a verb with <c>--json</c> and reads its document. Throws with what it said if it fails, or does not end in time.</summary>
    public static JsonNode Json(Settings settings, TimeSpan limit, params IEnumerable<string> arguments) =>
        JsonNode.Parse(Run(settings.Dotnet, limit, [settings.Program, .. arguments, "--json"]))!;

    /// <summary>Runs a process and returns what it printed.</summary>
    public static string Run(string program, TimeSpan limit, params IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException($"{program} did not start");
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"it did not end within {limit.TotalSeconds:0} s");
        }
        return process.ExitCode == 0
            ? output.GetAwaiter().GetResult()
            : throw new InvalidOperationException($"exit code {process.ExitCode}: {error.GetAwaiter().GetResult().Trim().Split('\n')[^1]}");
    }
}
