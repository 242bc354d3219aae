using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Output;
using Orchestrator.Contracts;
using Orchestrator.Reports.Text;
using Orchestrator.Silo.Http.Access;

namespace Orchestrator.Cli.Tokens;

/// <summary>A verb about the tokens of a server.</summary>
internal abstract class TokenVerb : Verb
{
    protected TokenVerb(CliServices services, string name, string description, params IReadOnlyList<string> examples) : base(services, name, description, examples) => Add(TokenArguments.File);

    protected static Argument<string> OfName() => new("NAME") { Description = "Who or what it is for: lower-case letters, digits and dashes" };

    protected TokenBook Book(ParseResult arguments) => new(TokenArguments.FileOf(arguments, Services, arguments.ReadServer(Services)));
}

/// <summary><c>token create</c>: a token is shown once.</summary>
internal sealed class TokenCreateVerb : TokenVerb
{
    private readonly Argument<string> _name = OfName();
    private readonly Option<string> _scope = new("--scope") { Description = "What it allows: read, submit (and cancel and measure), or admin", HelpName = "SCOPE", DefaultValueFactory = _ => "read" };

    public TokenCreateVerb(CliServices services) : base(
        services, "create", "Makes a token for a server and shows it once; from then on the server wants one from everybody",
        "token create laptop # reads everything, changes nothing",
        "token create ci --scope submit --tokens /shared/tokens.json # for a cluster whose silos are given that file by --tokens")
    {
        Add(_name);
        Add(_scope);
        _scope.Validators.Add(result =>
        {
            if (result.Tokens is [var given] && !Enum.GetValues<TokenScope>().Any(scope => Json.Name(scope) == given.Value))
            {
                result.AddError($"--scope {given.Value}: give {string.Join(", ", Enum.GetValues<TokenScope>().Select(scope => Json.Name(scope)))}");
            }
        });
    }

    protected override Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        var (book, name) = (Book(arguments), arguments.GetRequiredValue(_name));
        var scope = Enum.GetValues<TokenScope>().Single(scope => Json.Name(scope) == arguments.GetRequiredValue(_scope));
        string token;
        try
        {
            token = book.Create(name, scope, Services.Clock.GetUtcNow());
        }
        catch (ArgumentException refused)
        {
            throw new CliException(ExitCode.Usage, refused.Message, refused);
        }
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(new { Name = name, Scope = scope, Token = token, File = book.Path });
        }
        else
        {
            Terminal.Line(token);
            Terminal.Note($"the token '{name}' ({Json.Name(scope)}): it is not kept and will not be shown again. Its hash is in {book.Path}; clients give it by --token-file or ORCHESTRATOR_TOKEN.");
        }
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary><c>token list</c>: whose tokens there are.</summary>
internal sealed class TokenListVerb(CliServices services) : TokenVerb(services, "list", "Lists the tokens of a server by name", "token list # names, scopes, since when")
{
    protected override Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        var entries = Book(arguments).Entries();
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(entries.Select(entry => new { entry.Name, entry.Scope, entry.Created }));
        }
        else
        {
            Terminal.Print([new("name", true), new("scope", true), new("created", true)], entries.Select(entry => new[] { entry.Name, Json.Name(entry.Scope), Format.Time(entry.Created) }), "no token: make one with ./orchestrator token create NAME");
        }
        return Task.FromResult(ExitCode.Done);
    }
}

/// <summary><c>token revoke</c>: ends a token at once.</summary>
internal sealed class TokenRevokeVerb : TokenVerb
{
    private readonly Argument<string> _name = OfName();

    public TokenRevokeVerb(CliServices services) : base(services, "revoke", "Ends a token, and every browser session that was begun with it, at once", "token revoke laptop # it is no token any more") => Add(_name);

    protected override Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        var (book, name) = (Book(arguments), arguments.GetRequiredValue(_name));
        if (!book.Revoke(name))
        {
            throw new CliException(ExitCode.Usage, $"there is no token '{name}' in {book.Path}: see ./orchestrator token list");
        }
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(new { Name = name, Revoked = true });
        }
        else
        {
            Terminal.Line($"the token '{name}' is revoked");
        }
        return Task.FromResult(ExitCode.Done);
    }
}
