using Orchestrator.Cli.Tests.Serving;

namespace Orchestrator.Cli.Tests.CommandLine;

/// <summary>Tokens of a server, made and revoked by name.</summary>
public sealed class TokenTests
{
    [Fact]
    public async Task A_token_is_shown_once_listed_by_name_and_revoked()
    {
        using var cli = new CliHarness();
        var made = await cli.Run("token", "create", "laptop", "--scope", "submit", "--tokens", Path.Combine(cli.Folder, "tokens.json"));
        Assert.Equal(0, made.ExitCode);
        var token = made.Output.Trim();
        Assert.Matches("^orc_[0-9a-f]{48}$", token);
        var again = await cli.Run("token", "create", "laptop", "--tokens", Path.Combine(cli.Folder, "tokens.json"));
        Assert.Equal((2, "", "error: there is a token 'laptop' already: revoke it, or use another name\n"), (again.ExitCode, again.Output, again.Error));

        var listed = await cli.Run("token", "list", "--tokens", Path.Combine(cli.Folder, "tokens.json"), "--json");

        Assert.Equal(("laptop", "submit"), ((string?)listed.Json[0]!["name"], (string?)listed.Json[0]!["scope"]));
        Assert.DoesNotContain(token, listed.Output + await File.ReadAllTextAsync(Path.Combine(cli.Folder, "tokens.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(0, (await cli.Run("token", "revoke", "laptop", "--tokens", Path.Combine(cli.Folder, "tokens.json"))).ExitCode);
        Assert.Equal(2, (await cli.Run("token", "revoke", "laptop", "--tokens", Path.Combine(cli.Folder, "tokens.json"))).ExitCode);
    }

    [Theory]
    [InlineData("No-Name", "read", "'No-Name' is no name for a token")]
    [InlineData("laptop", "root", "--scope root: give read, submit, admin")]
    public async Task What_is_no_name_or_no_scope_is_refused(string name, string scope, string told)
    {
        using var cli = new CliHarness();
        var refused = await cli.Run("token", "create", name, "--scope", scope, "--tokens", Path.Combine(cli.Folder, "tokens.json"));

        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains(told, refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(cli.Folder, "tokens.json")));
    }

    [Fact]
    public async Task A_file_of_tokens_that_is_named_guards_a_server_before_there_is_one()
    {
        using var cli = new CliHarness();
        using var interrupted = new CancellationTokenSource();
        await new DevRun(cli).UntilAnnounced(["dev", "--tokens", "later.json"], interrupted);

        Assert.Equal(Path.Combine(cli.Folder, "later.json"), Assert.Single(cli.Started).Tokens?.Path);
    }

    [Fact]
    public async Task Without_a_file_of_tokens_a_server_of_this_machine_is_open_until_a_token_is_made()
    {
        using var cli = new CliHarness();
        using var interrupted = new CancellationTokenSource();
        await new DevRun(cli).UntilAnnounced(["dev"], interrupted);

        var book = Assert.Single(cli.Started).Tokens!;
        Assert.False(book.Guards);
        Assert.Equal(0, (await cli.Run("token", "create", "laptop", "--tokens", book.Path)).ExitCode);
        Assert.True(book.Guards);
    }
}
