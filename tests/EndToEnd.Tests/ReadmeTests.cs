using System.Diagnostics;

namespace Orchestrator.EndToEnd.Tests;

/// <summary>Every command in a <c>sh</c> block of README.md works as it stands there, one after another in one fresh folder.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class ReadmeTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(150);

    [Fact]
    public async Task Every_command_of_the_readme_runs()
    {
        var readme = Path.Combine(Repository.Root, "README.md");
        Assert.True(File.Exists(readme), $"{readme} is missing");
        var commands = ReadmeCommands.In(await File.ReadAllLinesAsync(readme, TestContext.Current.CancellationToken));
        Assert.NotEmpty(commands);
        using var folder = new TestFolder();
        Prepare(folder);
        foreach (var command in commands)
        {
            var (exitCode, said) = await Bash(folder, command);
            Assert.True(exitCode == 0, $"exit code {exitCode} of the README's command\n  {command}\n{said}");
        }
    }

    /// <summary>What a clone has as far as commands can name it; the launcher is the built program.</summary>
    private static void Prepare(TestFolder folder)
    {
        var launcher = Path.Combine(folder, folder.Write("orchestrator", $"#!/bin/sh\nexec dotnet '{BuiltProgram.Path}' \"$@\"\n"));
        File.SetUnixFileMode(launcher, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var name in (string[])["recipes", "eng", "docs", "bench"])
        {
            if (Directory.Exists(Path.Combine(Repository.Root, name)))
            {
                Directory.CreateSymbolicLink(Path.Combine(folder, name), Path.Combine(Repository.Root, name));
            }
        }
    }

    private static async Task<(int ExitCode, string Said)> Bash(TestFolder folder, string command)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", command])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Bound);
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return (124, $"it did not end within {Bound.TotalSeconds} s; a command that stays belongs into a block marked <!-- not run -->");
        }
    }
}
