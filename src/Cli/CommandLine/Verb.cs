using System.CommandLine;
using System.Net;
using Orchestrator.Cli.Hosting;
using Orchestrator.Cli.Output;
using Orchestrator.Client;
using Orchestrator.Platform.Files;
using Orchestrator.Silo;
using Orchestrator.Storage;

namespace Orchestrator.Cli.CommandLine;

/// <summary>One verb: its options, its examples, what it does, and how its failures end the process.</summary>
internal abstract class Verb : Command
{
    protected Verb(CliServices services, string name, string description, params IReadOnlyList<string> examples) : base(name, description)
    {
        Services = services;
        Examples = examples;
        SetAction(Guarded);
    }

    /// <summary>Complete command lines, the most usual first; each with what it does after a <c>#</c>.</summary>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>Lines of help after the options: what there is to know before one can use them.</summary>
    public virtual IEnumerable<string> Details => [];

    protected CliServices Services { get; }

    protected Terminal Terminal => Services.Terminal;

    /// <summary>Does the work and returns the exit code.</summary>
    protected abstract Task<int> Run(ParseResult arguments, CancellationToken cancellation);

    /// <summary>Finds the server for this invocation.</summary>
    protected ServerLocator Locate(ParseResult arguments) => new(Services, arguments.ReadServer(Services));

    private async Task<int> Guarded(ParseResult arguments, CancellationToken cancellation)
    {
        try
        {
            return await Run(arguments, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (CliException error)
        {
            return Fail(error.ExitCode, error.Message);
        }
        catch (ServerUnreachableException error)
        {
            return Fail(ExitCode.Unreachable, $"{error.Message}; start a server with ./orchestrator dev, or name another with --server (or ORCHESTRATOR_URL)");
        }
        catch (ServerErrorException error)
        {
            return Fail(CodeOf(error.Status), error.Status switch
            {
                HttpStatusCode.Unauthorized => $"the server wants a token: give one with --token-file or ORCHESTRATOR_TOKEN ({error.Message})",
                HttpStatusCode.Forbidden => $"this token does not allow it: {error.Message}",
                _ => error.Message,
            });
        }
        catch (ArgumentException error) when (error.ParamName == "name")
        {
            return Fail(ExitCode.Usage, error.Message);
        }
        catch (SettingException error)
        {
            return Fail(ExitCode.Usage, error.Message);
        }
        catch (UserFileException error)
        {
            return Fail(ExitCode.Usage, error.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Fail(ExitCode.Failed, error.Message);
        }
        catch (Exception error) when (StorageException.In(error) is not null)
        {
            return Fail(ExitCode.Failed, StorageException.In(error)!.Message);
        }
        catch (Exception error) when (error is not OutputException)
        {
            return Fail(ExitCode.Failed, $"{error.GetBaseException().Message}\n{error}");
        }
    }

    private int Fail(int exitCode, string message)
    {
        Terminal.Note($"error: {message}");
        return exitCode;
    }

    private static int CodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ExitCode.NotAllowed,
        HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.Conflict or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableEntity => ExitCode.Usage,
        HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout => ExitCode.Unreachable,
        _ => ExitCode.Failed,
    };
}
