using System.Diagnostics;
using Orchestrator.Cli.Tests.Serving;

namespace Orchestrator.Cli.Tests.Launching;

/// <summary>The launcher in a folder of its own, with a dotnet that only writes down what it was asked.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class LauncherTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("orchestrator-launcher-").FullName;

    public LauncherTests()
    {
        foreach (var name in new[] { "src/Cli", "eng", "recipes", "bin" })
        {
            Directory.CreateDirectory(At(name));
        }
        foreach (var name in new[] { "src/Cli/Program.cs", "global.json", "Directory.Build.props", "Directory.Packages.props", "recipes/quickstart.yaml" })
        {
            File.WriteAllText(At(name), "");
        }
        File.Copy(Path.Combine(Repository.Root, "orchestrator"), At("orchestrator"));
        WriteDotnet("10.0.100");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_builds_once_and_then_only_runs()
    {
        var first = await Launch("sweep", "show", "two words");
        Assert.Equal((7, "<sweep><show><two words>\n"), (first.ExitCode, first.Output));
        Assert.StartsWith("building orchestrator", first.Error, StringComparison.Ordinal);
        Assert.Single(first.Error.TrimEnd().Split('\n'));
        var second = await Launch("version");
        Assert.Equal((7, "<version>\n", ""), (second.ExitCode, second.Output, second.Error));
        Assert.Equal(1, Builds);
    }

    [Theory]
    [InlineData("src/Cli/Program.cs")]
    [InlineData("src/Cli/New.cs")]
    [InlineData("Directory.Packages.props")]
    [InlineData("global.json")]
    [InlineData("recipes/quickstart.yaml")]
    public async Task A_source_that_is_newer_than_the_build_makes_it_build_again(string source)
    {
        await Launch("version");
        File.WriteAllText(At(source), "changed");
        File.SetLastWriteTimeUtc(At(source), File.GetLastWriteTimeUtc(At("artifacts/launcher.stamp")).AddSeconds(2));
        await Launch("version");
        Assert.Equal(2, Builds);
    }

    [Fact]
    public async Task A_source_that_was_removed_makes_it_build_again()
    {
        File.WriteAllText(At("src/Cli/Old.cs"), "");
        await Launch("version");
        File.Delete(At("src/Cli/Old.cs"));
        Directory.SetLastWriteTimeUtc(At("src/Cli"), File.GetLastWriteTimeUtc(At("artifacts/launcher.stamp")).AddSeconds(2));
        await Launch("version");
        Assert.Equal(2, Builds);
    }

    [Fact]
    public async Task It_works_through_symbolic_links_from_any_folder()
    {
        File.CreateSymbolicLink(At("bin/first"), "../orchestrator");
        File.CreateSymbolicLink(At("second"), At("bin/first"));
        var outcome = await Start(At("second"), Path.GetTempPath(), At("bin"), [], "version");
        Assert.Equal((7, "<version>\n"), (outcome.ExitCode, outcome.Output));
        Assert.True(File.Exists(At("artifacts/launcher.stamp")));
    }

    [Fact]
    public async Task Several_at_once_build_once_and_all_run()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Launch("version")));
        Assert.All(outcomes, outcome => Assert.Equal((7, "<version>\n"), (outcome.ExitCode, outcome.Output)));
        Assert.Equal(1, Builds);
    }

    [Fact]
    public async Task A_failed_build_shows_why_and_is_tried_again()
    {
        WriteDotnet("10.0.100", build: "echo 'Program.cs(1,1): error CS1002: ; expected'; exit 1");
        var outcome = await Launch("version");
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains("error CS1002", outcome.Error, StringComparison.Ordinal);
        WriteDotnet("10.0.100");
        Assert.Equal(7, (await Launch("version")).ExitCode);
    }

    [Fact]
    public async Task An_sdk_that_is_too_old_is_named_with_the_way_to_get_a_new_one()
    {
        WriteDotnet(version: null);
        var outcome = await Launch("version");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(".NET 10 is needed", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("https://dotnet.microsoft.com/download/dotnet/10.0", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(0, Builds);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("relative")]
    [InlineData("/nowhere/at/all")]
    public async Task Without_a_home_it_builds_with_one_that_can_be_written_and_runs_the_program_as_it_is(string? home)
    {
        WriteDotnet("10.0.100", run: "echo \"[$HOME]\"");
        var outcome = await Start(At("orchestrator"), _folder, At("bin"), new() { ["HOME"] = home }, "version");
        Assert.Equal((0, $"[{home}]\n"), (outcome.ExitCode, outcome.Output));
        var used = Assert.Single(File.ReadAllLines(At("builds")));
        Assert.NotEqual(home, used);
        Assert.True(Path.IsPathRooted(used) && Directory.Exists(used), used);
    }

    [Theory]
    [InlineData(null, "0")]
    [InlineData("1", "1")]
    public async Task The_runtimes_sockets_for_debuggers_are_off_unless_they_are_asked_for(string? asked, string expected)
    {
        WriteDotnet("10.0.100", run: "echo $DOTNET_EnableDiagnostics");
        var outcome = await Start(At("orchestrator"), _folder, At("bin"), new() { ["DOTNET_EnableDiagnostics"] = asked }, "version");
        Assert.Equal((0, expected + "\n"), (outcome.ExitCode, outcome.Output));
    }

    private int Builds => File.Exists(At("builds")) ? File.ReadAllLines(At("builds")).Length : 0;

    private string At(string name) => Path.Combine(_folder, name);

    private void WriteDotnet(string? version, string? build = null, string run = "for argument; do printf '<%s>' \"$argument\"; done; echo; exit 7")
    {
        build ??= $"echo \"$HOME\" >> '{At("builds")}'; mkdir -p '{At("artifacts/bin/Cli/release")}'; : > '{At("artifacts/bin/Cli/release/orchestrator.dll")}'";
        File.WriteAllText(At("bin/dotnet"), $$"""
            #!/bin/sh
            case $1 in
                --version) {{(version is null ? "exit 145" : "echo " + version)}} ;;
                build) {{build}} ;;
                *) shift; {{run}} ;;
            esac
            """);
        File.SetUnixFileMode(At("bin/dotnet"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private Task<Outcome> Launch(params string[] arguments) => Start(At("orchestrator"), _folder, At("bin"), [], arguments);

    private static async Task<Outcome> Start(string launcher, string workingFolder, string path, Dictionary<string, string?> variables, params string[] arguments)
    {
        using var limit = new CancellationTokenSource(Bound);
        var start = new ProcessStartInfo(launcher, arguments) { WorkingDirectory = workingFolder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = path + ":/usr/bin:/bin";
        start.Environment.Remove("DOTNET_ROOT");
        start.Environment.Remove("DOTNET_EnableDiagnostics");
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return new(process.ExitCode, await output, await error);
    }
}
