using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Results.Runs;
using Orchestrator.Silo.Http.Access;

namespace Orchestrator.Silo.Http;

/// <summary>What the OpenAPI document says beside what the endpoints' types do: who may ask, and how it is told that something is wrong.</summary>
internal static class ApiDocument
{
    private const string Token = "token";
    private const string Session = "session";
    private const string SweepId = "The sweep: its id, a unique beginning of it, its name where no other has it, or 'last'.";
    private const string RunId = "The run: its id, or a unique beginning of it.";

    // They mean the same wherever they stand; what 'id' names, the path says.
    private static readonly Dictionary<string, string> Parameters = new()
    {
        ["at"] = "Which snapshot of each run: final, transition, all, or a step.",
        ["step"] = "The snapshot's step; without it the last.",
        ["group_by"] = "Keys of the groups, with commas between: layer, role, rank(METRIC), seed, or values of the configuration such as model.layers.",
        ["where"] = "Which rows count, such as 'layer == 1 and prefix_matching > 0.4'.",
        ["limit"] = "How many rows to give at most.",
        ["after"] = "Where the page before this one ended: what its answer named as the next.",
        ["most"] = "How many of the strongest to give.",
        ["section"] = $"A section of metrics: any of {string.Join(", ", RunSections.Names)}.",
        ["sequence"] = "The number of a held-out sequence.",
        ["sql"] = "One SELECT.",
        ["format"] = "json, csv, parquet or arrow.",
        ["layer"] = "Layer, from 0.",
        ["head"] = "The head's number in its layer, from 0.",
        ["sha256"] = "SHA-256 of the content, 64 hexadecimal digits.",
        ["first"] = "Number of a group of the sweep, from 0.",
        ["second"] = "Number of another.",
    };

    private static readonly Dictionary<string, string> Refusals = new()
    {
        ["400"] = "A parameter or the body is wrong; the detail says which, and what would be right.",
        ["401"] = "A token is needed.",
        ["403"] = "The token does not allow this, or a page of another origin asked.",
        ["404"] = "There is nothing of this name.",
        ["409"] = "Several things have this name, and the detail lists them; or a text that the sweep names was not uploaded.",
        ["413"] = "The body is larger than the server takes.",
        ["415"] = "The body is no JSON.",
        ["429"] = "The server has as much to do as it takes from one client: ask again after as many seconds as 'Retry-After' says.",
        ["500"] = "The server is at fault; the detail says what is wrong and what helps.",
        ["503"] = "Not now: too many listen, or what the server needs is away.",
    };

    public static void Describe(OpenApiOptions options)
    {
        options.AddOperationTransformer((operation, context, _) =>
        {
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            foreach (var parameter in operation.Parameters ?? [])
            {
                parameter.Description ??= parameter.Name == "id" ? context.Description.RelativePath!.Contains("/runs/{id}", StringComparison.Ordinal) ? RunId : SweepId
                    : Parameters.GetValueOrDefault(parameter.Name!);
            }
            NameShapes(operation, metadata, context.Document!);
            NameRefusals(operation, metadata.OfType<OpenToAll>().Any(), context);
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer(async (schema, context, cancellation) =>
        {
            NameWhatIsAlwaysThere(schema, context.JsonTypeInfo);
            if (context.JsonTypeInfo.Type == typeof(SweepGroup))
            {
                await NameResults(schema, type => context.GetOrCreateSchemaAsync(type, null, cancellation));
            }
        });
        options.AddDocumentTransformer(async (api, context, cancellation) =>
        {
            (api.Info.Title, api.Info.Version, api.Servers) = ("Orchestrator", "v1", []); // the same wherever it is asked
            api.Components ??= new OpenApiComponents();
            (api.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>())[nameof(ProblemDetails)] = await context.GetOrCreateSchemaAsync(typeof(ProblemDetails), null, cancellation);
            api.Components.Responses = Refusals.ToDictionary(refusal => refusal.Key, IOpenApiResponse (refusal) => new OpenApiResponse
            {
                Description = refusal.Value,
                Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new() { Schema = new OpenApiSchemaReference(nameof(ProblemDetails), api) } },
            });
            api.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [Token] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A token of the server ('orchestrator token create'). A server without tokens, which this machine alone reaches, asks for none." },
                [Session] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Cookie, Name = Access.Access.Cookie, Description = "A browser's session, begun with a token." },
            };
        });
    }

    /// <summary>An endpoint that answers with one of several shapes says so: the generator takes one of them.</summary>
    private static void NameShapes(OpenApiOperation operation, IList<object> metadata, OpenApiDocument document)
    {
        foreach (var shapes in metadata.OfType<IProducesResponseTypeMetadata>().Where(answer => answer.Type is not null).GroupBy(answer => answer.StatusCode, answer => answer.Type!.Name))
        {
            if (shapes.Distinct().Skip(1).Any() && operation.Responses?[$"{shapes.Key}"].Content is { } content)
            {
                content["application/json"].Schema = new OpenApiSchema { AnyOf = [.. shapes.Distinct().Select(name => new OpenApiSchemaReference(name, document))] };
            }
        }
    }

    /// <summary>Answers have every member, null where there is nothing, but those that are left out then; of a request its constructor says what it needs.</summary>
    private static void NameWhatIsAlwaysThere(OpenApiSchema schema, JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object || type.Type.Namespace?.StartsWith(nameof(Orchestrator), StringComparison.Ordinal) != true || type.Type.Name.EndsWith("Request", StringComparison.Ordinal))
        {
            return;
        }
        schema.Required = type.Properties
            .Where(member => !member.IsExtensionData && member.Get is not null
                && member.AttributeProvider?.GetCustomAttributes(typeof(JsonIgnoreAttribute), true) is not [JsonIgnoreAttribute { Condition: not JsonIgnoreCondition.Never }])
            .Select(member => member.Name).ToHashSet();
    }

    /// <summary>A group has its results as members of its own.</summary>
    private static async Task NameResults(OpenApiSchema group, Func<Type, Task<OpenApiSchema>> of)
    {
        var members = group.Properties ??= new Dictionary<string, IOpenApiSchema>();
        foreach (var metric in MetricTable.Section(MetricTable.Results))
        {
            members[metric.Name] = await of(metric.Name switch
            {
                MetricTable.InductionShare => typeof(ShareEstimate),
                MetricTable.TransitionStep => typeof(MedianEstimate),
                _ => typeof(LargestEstimate),
            });
        }
        members["terms"] = await of(typeof(TermSummary));
        group.AdditionalProperties = new OpenApiSchema { Description = "Grouped by layer, role or rank: a mean of every metric of heads." };
    }

    private static void NameRefusals(OpenApiOperation operation, bool open, OpenApiOperationTransformerContext context)
    {
        var parameters = context.Description.ParameterDescriptions;
        var (named, told) = (parameters.Any(parameter => parameter.Name == "id"), parameters.Any(parameter => parameter.Source.Id == "Body"));
        foreach (var (status, applies) in new[] { ("400", parameters.Count > 0), ("401", !open || told), ("403", true), ("404", named), ("409", named || told), ("413", told), ("415", told), ("429", true), ("500", true), ("503", IsBusy(context.Description.RelativePath!)) })
        {
            if (applies)
            {
                (operation.Responses ??= [])[status] = new OpenApiResponseReference(status, context.Document);
            }
        }
        static bool IsBusy(string path) => path.EndsWith("/events", StringComparison.Ordinal) || path.EndsWith("/ready", StringComparison.Ordinal);

        operation.Security = open ? [] : [new() { [new(Token, context.Document)] = [] }, new() { [new(Session, context.Document)] = [] }, []];
    }
}
