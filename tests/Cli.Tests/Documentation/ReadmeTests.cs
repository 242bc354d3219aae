using System.Diagnostics;
using System.Text.RegularExpressions;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Tests.Serving;
using Orchestrator.Platform;

namespace Orchestrator.Cli.Tests.Documentation;

public sealed partial class ReadmeTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(8);
    private static readonly string Readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    /// <summary>From top to bottom in one folder, as a newcomer would; the launcher, which has tests of its own, does not build again.</summary>
    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Every_shell_block_of_the_readme_does_what_it_says()
    {
        var folder = Directory.CreateTempSubdirectory("orchestrator-readme-").FullName;
        try
        {
            var launcher = Path.Combine(folder, "orchestrator");
            await File.WriteAllTextAsync(launcher, $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "orchestrator.dll")}' \"$@\"\n", TestContext.Current.CancellationToken);
            File.SetUnixFileMode(launcher, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Directory.CreateSymbolicLink(Path.Combine(folder, "recipes"), Path.Combine(Repository.Root, "recipes"));
            var blocks = ShellBlocks.In(Readme).Where(block => block.Run).ToList();
            Assert.NotEmpty(blocks);
            foreach (var block in blocks)
            {
                var (code, output) = await Run(block.Text, folder);
                Assert.True(code == 0, $"README.md, block of line {block.Line}: exit code {code}\n{block.Text}\n--\n{output}");
            }
            await Python(folder);
            var (claims, told) = await Run($"ORCHESTRATOR=./orchestrator '{Path.Combine(Repository.Root, "eng", "recipes.sh")}' .orchestrator quickstart", folder);
            Assert.True(claims == 0, told);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What docs/python.md shows, in one session as in a notebook, on what the README's commands left and on a server that answers for it.</summary>
    private static async Task Python(string folder)
    {
        var blocks = ShellBlocks.In(File.ReadAllText(Path.Combine(Repository.Root, "docs", "python.md")), "python").Where(block => block.Run).Select(block => block.Text).ToList();
        Assert.True(blocks.Count >= 3);
        var address = $"http://127.0.0.1:{FreePort.Any()}";
        await File.WriteAllTextAsync(Path.Combine(folder, "python.py"), string.Join('\n', blocks).Replace("http://127.0.0.1:5080", address, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var (code, output) = await Run(
            $"./orchestrator dev --listen {address} > dev.log 2>&1 & server=$!\ntrap 'kill -TERM $server; wait $server || true' EXIT\n"
                + $"for i in $(seq 150); do curl -sf {address}/health/ready > ready.log && break; sleep 0.2; done\n/usr/bin/python3 python.py", folder);
        Assert.True(code == 0, $"docs/python.md: exit code {code}\n{output}");
        Assert.Contains("quickstart ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_command_of_the_readme_is_one_that_the_program_takes()
    {
        using var cli = new CliHarness();
        var root = new Root(cli.Services());
        var commands = ShellBlocks.In(Readme).SelectMany(block => block.Text.Split('\n')).Where(line => line.StartsWith("./orchestrator", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(commands);
        Assert.All(commands, line => Assert.Empty(root.Parse(line.Split(" #")[0]["./orchestrator".Length..].Trim()).Errors));
    }

    [Fact]
    public void Every_file_that_the_readme_names_is_there() =>
        Assert.All(Links().Matches(Readme), link => Assert.True(
            Path.Exists(Path.Combine(Repository.Root, link.Groups[1].Value)), $"README.md links to {link.Groups[1].Value}, which is not there"));

    [GeneratedRegex(@"\]\((?!https?:|#)([^)#]+)")]
    private static partial Regex Links();

    private static async Task<(int Code, string Output)> Run(string script, string folder)
    {
        var start = new ProcessStartInfo("bash", ["-eu", "-c", script]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("ORCHESTRATOR_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }
        start.Environment["ORCHESTRATOR_DATA"] = Path.Combine(folder, ".orchestrator"); // the default, said aloud: no other server of this machine is asked
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Bound);
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
