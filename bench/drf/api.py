"""Customers and orders over REST, as serializers and view sets."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.filters import OrderingFilter
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from bench.drf.models import Customer, SalesOrder, SalesOrderLine
from bench.facts import CUSTOMER_FIELDS

_PAGE = 25


class CustomerList(serializers.ListSerializer):  # type: ignore[misc]
    """Many customers, inserted in one statement."""

    def create(self, validated_data: list[dict[str, Any]]) -> list[Customer]:
        """Insert all of them."""
        rows = [Customer(**values) for values in validated_data]
        created: list[Customer] = Customer.objects.bulk_create(rows)
        return created


class CustomerSerializer(serializers.ModelSerializer):  # type: ignore[misc]
    """A customer."""

    class Meta:
        """All of its columns."""

        model = Customer
        fields = CUSTOMER_FIELDS
        list_serializer_class = CustomerList


class LineSerializer(serializers.ModelSerializer):  # type: ignore[misc]
    """A line, written inside its order."""

    class Meta:
        """What a client sends."""

        model = SalesOrderLine
        fields = ("product", "qty", "price", "discount", "net")


class OrderSerializer(serializers.ModelSerializer):  # type: ignore[misc]
    """An order with its lines, to write."""

    lines = LineSerializer(many=True)

    class Meta:
        """What a client sends and gets back."""

        model = SalesOrder
        fields = (
            "id", "customer", "customer_po", "order_date", "requested_date", "currency", "state",
            "untaxed", "tax", "total", "lines",
        )  # fmt: skip

    @transaction.atomic  # type: ignore[untyped-decorator]
    def create(self, validated_data: dict[str, Any]) -> SalesOrder:
        """Insert the order and its lines in one transaction."""
        lines = validated_data.pop("lines")
        order: SalesOrder = SalesOrder.objects.create(**validated_data)
        SalesOrderLine.objects.bulk_create([SalesOrderLine(order=order, **line) for line in lines])
        return order


class OrderRowSerializer(serializers.ModelSerializer):  # type: ignore[misc]
    """An order as a row of a list, with its customer's name."""

    customer_name = serializers.CharField(source="customer.name")

    class Meta:
        """The columns of the list."""

        model = SalesOrder
        fields = ("id", "number", "order_date", "state", "total", "customer_name")


class Counted(PageNumberPagination):  # type: ignore[misc]
    """Pages with an exact count."""

    page_size = _PAGE


class Uncounted(CursorPagination):  # type: ignore[misc]
    """Pages by key, without a count."""

    page_size = _PAGE
    ordering = ("-order_date", "-id")


class CustomerViewSet(viewsets.ModelViewSet):  # type: ignore[misc]
    """Customers."""

    queryset = Customer.objects.all()
    serializer_class = CustomerSerializer

    @action(detail=False, methods=["post"])  # type: ignore[untyped-decorator]
    def bulk(self, request: Request) -> Response:
        """Insert a list of customers."""
        serializer = self.get_serializer(data=request.data, many=True)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            created = serializer.save()
        return Response({"created": len(created)}, status=201)


class OrderViewSet(viewsets.ModelViewSet):  # type: ignore[misc]
    """Orders."""

    queryset = SalesOrder.objects.select_related("customer")
    filter_backends = (OrderingFilter,)
    ordering_fields = ("order_date", "id")
    ordering = ("-order_date", "-id")

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        """Rows in lists, the whole order elsewhere."""
        return OrderRowSerializer if self.action == "list" else OrderSerializer

    def get_queryset(self) -> QuerySet[SalesOrder]:
        """Orders of the state that is asked for."""
        state = self.request.query_params.get("state")
        orders = super().get_queryset()
        return orders.filter(state=state) if state else orders

    @property
    def paginator(self) -> PageNumberPagination | CursorPagination:
        """Count only when asked to."""
        if not hasattr(self, "_chosen"):
            exact = self.request.query_params.get("count") == "exact"
            self._chosen = Counted() if exact else Uncounted()
        return self._chosen
