using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Results;
using Orchestrator.Results.Sql;

namespace Orchestrator.Cli.Hosting;

/// <summary>This program as the process of one query.</summary>
internal static class QueryChild
{
    /// <summary>The only argument of such a process; no verb has its name.</summary>
    public const string Argument = "--answer-one-query";

    /// <summary>Queries run in processes of their own, which are ended at their limits: no setting of the database holds all that a text can make it allocate.</summary>
    public static void AddIsolatedQueries(this IServiceCollection services) => services.AddIsolatedQueries(Command());

    private static QueryCommand Command()
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("the path of this program is not known");
        return new QueryCommand(program, Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(QueryChild).Assembly.Location, Argument] : [Argument]);
    }
}
