import re


def test_the_document_is_public_and_names_its_operation(world):
    answer = world.app.test_client().get("/api/v1/openapi.json")

    document = answer.json
    assert answer.status_code == 200
    assert document["openapi"].startswith("3.1")
    operation = document["paths"]["/api/v1/records"]["get"]
    assert set(operation["responses"]) >= {
        *("200", "400", "401", "403", "422", "429", "503")
    }
    assert operation["security"] == [{"dpop": []}]
    names = {each["name"] for each in operation["parameters"]}
    asked = {"category", "from", "until", "limit", "cursor"}
    assert names == {*asked, "Infobank-Seen"}


def test_the_document_knows_every_operation_of_the_api(world):
    document = world.app.test_client().get("/api/v1/openapi.json").json
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in world.app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    described = {
        (path, method)
        for path, operations in document["paths"].items()
        for method in operations
        if method in {"get", "post", "put", "delete", "patch"}
    }
    assert served == described


def test_the_document_says_how_receipts_come_back(world):
    document = world.app.test_client().get("/api/v1/openapi.json").json

    operation = document["paths"]["/api/v1/receipts"]["post"]
    kinds = {"application/json", "application/x-www-form-urlencoded"}
    assert operation["requestBody"]["content"].keys() == kinds
    assert set(operation["responses"]) >= {*("200", "400", "401", "413", "422", "429")}
    schemas = document["components"]["schemas"]
    assert {"SentReceipts", "ReceiptResults"} <= schemas.keys()
